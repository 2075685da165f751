/** A real Kubernetes on one Linux machine, or only its API server, for demos and tests. */
export { kubeBinary, kubernetesVersion } from './build/kube-binary.ts';
export { hasGo } from './build/go-toolchain.ts';
export { cacheDir } from './cache-dir.ts';
export { type Cluster, type ClusterEtcd, type ProviderName } from './cluster.ts';
export { clusterUp, openCluster, type ClusterOptions, type ClusterUpOptions } from './open-cluster.ts';
export { canRunControlPlane, firstStartTimeoutMs } from './control-plane/can-run.ts';
export { startBalancer, type Balancer } from './control-plane/balancer.ts';
export { freePort } from './control-plane/loopback.ts';
export { isWrite, type AuditEvent } from './control-plane/audit.ts';
export {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from './control-plane/start-control-plane.ts';
export { apiServerEndpoint, type Faults, type ProcessInPod } from './faults/faults.ts';
export { eventually } from './process/eventually.ts';
export { createKubectl } from './process/kubectl.ts';
export { run, tryRun, type RunOptions, type RunResult } from './process/run.ts';
export { createAuthority, type Authority } from './pki/authority.ts';
export { silent, terminalLog, type Log } from './progress.ts';
