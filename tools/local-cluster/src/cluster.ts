import { type AuditEvent } from './control-plane/audit.ts';
import { type Faults } from './faults/faults.ts';

export const providers = ['native', 'kind', 'existing'] as const;
export type ProviderName = (typeof providers)[number];

/** The etcd under the API server. */
export type ClusterEtcd = {
  /** Client URL, as pods reach it, too. */
  readonly endpoint: string;
  /** Of its one member, which is called `default`. */
  readonly dataDir: string;
  /** What a client shows, in PEM. */
  readonly credentials: () => { readonly caPem: string; readonly certPem: string; readonly keyPem: string };
  /** SIGKILL, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it over what its data directory holds; returns once it serves. */
  readonly start: () => Promise<void>;
};

/** A Kubernetes cluster that is up, whoever runs it. */
export type Cluster = {
  readonly name: string;
  readonly provider: ProviderName;
  /** A kubeconfig of a cluster administrator. */
  readonly kubeconfigPath: string;
  readonly nodes: readonly string[];
  /** Runs kubectl and returns what it prints; its deadline is 60 s. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** Brings image archives (docker-archive or OCI layout) to every node; returns the names of the images. */
  readonly load: (archives: readonly string[]) => Promise<readonly string[]>;
  readonly faults: Faults;
  /** Native clusters only. */
  readonly etcd?: ClusterEtcd;
  /** Writes that the API server was asked for so far, oldest first. Native clusters only. */
  readonly auditEvents: () => readonly AuditEvent[];
  /** Collects objects, events, logs of pods and of components into a folder. Never takes longer than 90 s. */
  readonly logs: (dir: string) => Promise<void>;
  readonly down: () => Promise<void>;
};
