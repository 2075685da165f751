import { type ClusterConfig } from '../client/index.ts';
import { type Clock } from '../clock/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Cluster } from './cluster.ts';

/** What a provider may do. */
export interface ProviderContext {
  /** The cluster that the operator is at home in. */
  readonly home: Cluster;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * A cluster is there: controllers that take part begin to watch it. Under a name that is engaged already, the
   * old connection is ended first. Resolves when that has happened, not when caches are full.
   */
  engage(name: string, config: ClusterConfig): Promise<void>;
  /** A cluster is gone: its watches end, its keys are forgotten. Nothing is written to it. */
  disengage(name: string): Promise<void>;
}

/** Tells which clusters come and go. */
export interface ClusterProvider {
  /** For people and logs. */
  readonly name: string;
  /** Runs until the signal aborts, leader or not: every replica keeps warm caches. */
  run(context: ProviderContext, signal: AbortSignal): Promise<void>;
}
