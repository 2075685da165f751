/**
 * Typed calls to one API server over one shared pool of connections. Objects are plain JSON as they travel;
 * every call has a deadline, says what it was about when it fails, and retries only what cannot do harm twice.
 */
export * from './kube-object.ts';
export * from './resource.ts';
export { type ClusterConfig, type ExecPlugin, type Impersonation } from './cluster-config.ts';
export {
  loadKubeConfig,
  parseKubeConfig,
  type LoadKubeConfigOptions,
  type ParseKubeConfigOptions,
} from './kubeconfig.ts';
export { type CallRecord, type HttpRequest, type Transport } from './http-request.ts';
export { errorFromStatus, type KubeStatus } from './status-error.ts';
export {
  createTransport,
  type HttpTransport,
  type OpenTransport,
  type TransportOptions,
  type TransportStats,
} from './transport.ts';
export { createRetryingTransport } from './retrying-transport.ts';
export {
  createCredentials,
  type Credentials,
  type CredentialsOptions,
  type Identity,
  type TlsIdentity,
} from './credentials/credentials.ts';
export { type ExecCredential } from './credentials/exec-plugin.ts';
export type * from './call-options.ts';
export { type Applied, type JsonPatchOperation, type MergePatch } from './patch.ts';
export { type ServerResource } from './discovery.ts';
export { createKubeClient, type KubeClient, type KubeClientOptions, type List } from './kube-client.ts';
export { kubeTime, microTime } from './micro-time.ts';
export { connect, type ConnectOptions } from './connect.ts';
