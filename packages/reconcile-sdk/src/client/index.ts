/**
 * Typed calls to one API server over one shared pool of connections. Objects are plain JSON as they travel;
 * every call has a deadline, says what it was about when it fails, and retries only what cannot do harm twice.
 */
export * from './kube-object.ts';
export * from './resource.ts';
export { loadKubeConfig, type ClusterConfig, type LoadKubeConfigOptions } from './kubeconfig.ts';
export {
  createTransport,
  errorFromStatus,
  type CallRecord,
  type HttpRequest,
  type Transport,
  type TransportOptions,
} from './transport.ts';
export {
  createKubeClient,
  type ApplyOptions,
  type CallOptions,
  type DeleteOptions,
  type KubeClient,
  type KubeClientOptions,
  type List,
  type ListOptions,
  type Selection,
  type WatchOptions,
  type WriteOptions,
} from './kube-client.ts';
export { kubeTime, microTime } from './micro-time.ts';
export { connect, type ConnectOptions } from './connect.ts';
