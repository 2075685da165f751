/** A real Kubernetes on one Linux machine, or only its API server, for demos and tests. */
export { kubeBinary, kubernetesVersion } from './build/kube-binary.ts';
export { hasGo } from './build/go-toolchain.ts';
export {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from './control-plane/start-control-plane.ts';
export { isWrite, type AuditEvent } from './control-plane/audit.ts';
export { terminalLog, type Log } from './progress.ts';
