import { createEventRecorder, type EventRecorder, type EventRecorderOptions } from '../events/index.ts';
import { type Logger } from '../logging/index.ts';
import { createInformerSet, type InformerSet, type InformerSetOptions } from '../cache/index.ts';
import { type Clock, type Random } from '../clock/index.ts';
import {
  createKubeClient,
  createTransport,
  type ClusterConfig,
  type KubeClient,
  type OpenTransport,
  type TransportOptions,
} from '../client/index.ts';

/** One API server: calls to it, and caches of what is in it. */
export interface Cluster {
  /** Absent: the cluster that the operator itself is at home in. */
  readonly name: string | undefined;
  readonly client: KubeClient;
  readonly informers: InformerSet;
  /** Tells people about objects of this cluster. */
  readonly events: EventRecorder;
  /** Fills the caches and keeps them until the signal aborts, then closes all connections. */
  run(signal: AbortSignal): Promise<void>;
}

/** How to reach a cluster, and what to tell of it. */
export interface ClusterOptions {
  name?: string;
  config: ClusterConfig;
  /** Name under which fields are owned; also the user agent. */
  fieldManager: string;
  /** Whom Events name as their source. */
  reportingController: string;
  /** Unique name of this process, for events. */
  identity: string;
  log: Logger;
  clock: Clock;
  random: Random;
  /** Called before every write and again before its bytes leave; throws to hold it back (a lost leadership). */
  beforeWrite?: () => void;
  /** Aborts when writes that are under way have to be cut: the term that allowed them is over. */
  writeSignal?: () => AbortSignal;
  transport?: Pick<TransportOptions, 'onCall' | 'onLookup' | 'onWarning' | 'onProblem' | 'traced'>;
  /** Default: over HTTP. */
  openTransport?: OpenTransport;
  /** What became of each Event that was recorded. */
  onEvent?: EventRecorderOptions['onEvent'];
  /** Namespaces to look at; empty or absent: all. */
  namespaces?: readonly string[];
  /** Told what the caches do. */
  informers?: Omit<InformerSetOptions, 'client' | 'clock' | 'random' | 'namespaces'>;
}

/** Makes a client and caches of one API server; nothing is asked before `run`. */
export function createCluster(options: ClusterOptions): Cluster {
  const { name, config, fieldManager, clock, random } = options;
  const client = createKubeClient({
    transport: (options.openTransport ?? createTransport)({
      config,
      clock,
      random,
      userAgent: fieldManager,
      ...options.transport,
    }),
    fieldManager,
    ...(options.beforeWrite ? { beforeWrite: options.beforeWrite } : {}),
    ...(options.writeSignal ? { writeSignal: options.writeSignal } : {}),
  });
  const informers = createInformerSet({
    client,
    clock,
    random,
    ...(options.namespaces ? { namespaces: options.namespaces } : {}),
    ...options.informers,
  });
  const events = createEventRecorder({
    client,
    clock,
    log: options.log,
    controller: options.reportingController,
    instance: options.identity,
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
  });
  return {
    name,
    client,
    informers,
    events,
    async run(signal) {
      try {
        await informers.run(signal);
      } finally {
        await events.flush();
        await client.close();
      }
    },
  };
}
