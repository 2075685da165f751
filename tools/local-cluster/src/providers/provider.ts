import { type Cluster, type ProviderName } from '../cluster.ts';
import { type Log } from '../progress.ts';

export type UpOptions = { readonly name: string; readonly nodes: number; readonly log: Log };
export type OpenOptions = { readonly name: string; readonly log: Log };

/** One way to have a Kubernetes cluster. */
export type Provider = {
  readonly name: ProviderName;
  /** Brings the cluster up, or finds that it is. */
  readonly up: (options: UpOptions) => Promise<Cluster>;
  /** The running cluster, or nothing when none of this name runs. */
  readonly open: (options: OpenOptions) => Promise<Cluster | undefined>;
  readonly down: (options: OpenOptions) => Promise<void>;
  /** What a person wants to know about it, in lines. */
  readonly status: (options: OpenOptions) => Promise<readonly string[]>;
};
