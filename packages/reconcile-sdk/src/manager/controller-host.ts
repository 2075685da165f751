import { whenAborted, type Clock, type Random } from '../clock/index.ts';
import { type Cluster } from '../cluster/index.ts';
import { type ObjectKey } from '../client/index.ts';
import { createController, type Controller, type ControllerObserver } from '../controller/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { isPaused } from '../plan/index.ts';
import { attach, type Attachment } from './attachment.ts';
import { type ControllerDefinition, type ControllerSettings } from './definition.ts';

/** One controller with the clusters that it works in. */
export interface ControllerHost {
  readonly definition: ControllerDefinition;
  readonly controller: Controller;
  /** Starts its watches in a cluster that has come; none when it does not take part there. */
  engage(cluster: Cluster): void;
  disengage(cluster: Cluster): void;
  attachment(cluster: string | undefined): Attachment | undefined;
  /** Of all clusters that it works in. */
  attachments(): readonly Attachment[];
  /** Works while this process leads. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerHostOptions extends ControllerSettings {
  clock: Clock;
  random: Random;
  log: Logger;
  observer: ControllerObserver;
  /** How long a stop waits for steps that drain. */
  graceMs?: number;
}

export function createControllerHost(
  definition: ControllerDefinition,
  options: ControllerHostOptions,
): ControllerHost {
  const { clock, random, log } = options;
  const attachments = new Map<string | undefined, { attachment: Attachment; ended: AbortController }>();
  let leading: AbortSignal | undefined;

  const controller = createController({
    name: definition.name,
    clock,
    random,
    log,
    observer: options.observer,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
    ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
    reconcile(key, context) {
      const entry = attachments.get(key.cluster);
      // The cluster has gone since the key was taken: there is nothing left to do for it.
      if (!entry) return Promise.resolve(undefined);
      const { attachment } = entry;
      if (isHeld(definition, attachment, key)) return Promise.resolve({ outcome: 'paused' });
      return definition.reconcile(key, {
        ...context,
        cluster: attachment.cluster,
        client: attachment.clientFor(context),
        store: (resource) => attachment.store(resource),
      });
    },
  });

  const takesPart = ({ name }: Cluster): boolean => {
    const where = options.clusters ?? 'home';
    return where === 'all' || (name === undefined) === (where === 'home');
  };

  /** Work begins when the caches are full: a half-filled one would show children as missing. */
  function wakeWhenReady({ attachment, ended }: { attachment: Attachment; ended: AbortController }): void {
    if (!leading) return;
    attachment.ready(AbortSignal.any([leading, ended.signal])).then(
      () => attachment.wakeAll('start'),
      () => undefined,
    );
  }

  async function resync(signal: AbortSignal): Promise<void> {
    const everyMs = options.resyncMs ?? 10 * 3_600_000;
    while (!signal.aborted) {
      await clock.sleep(everyMs * (0.9 + 0.2 * random.next()), signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const { attachment } of attachments.values()) attachment.wakeAll('resync');
    }
  }

  async function runSource(
    source: NonNullable<ControllerDefinition['sources']>[number],
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await source.run({ enqueue: (...args) => controller.enqueue(...args), clock, random, log, signal });
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.error({ source: source.name, error: describeError(error) }, 'a source failed; starting it again');
        await clock.sleep(5_000, signal).catch(() => undefined);
      }
    }
  }

  return {
    definition,
    controller,
    engage(cluster) {
      if (!takesPart(cluster)) return;
      const entry = { attachment: attach(definition, cluster, controller), ended: new AbortController() };
      attachments.set(cluster.name, entry);
      wakeWhenReady(entry);
    },
    disengage(cluster) {
      const entry = attachments.get(cluster.name);
      if (entry?.attachment.cluster !== cluster) return;
      attachments.delete(cluster.name);
      entry.ended.abort();
      entry.attachment.detach();
    },
    attachment: (cluster) => attachments.get(cluster)?.attachment,
    attachments: () => [...attachments.values()].map(({ attachment }) => attachment),
    async run(signal) {
      leading = signal;
      for (const entry of attachments.values()) wakeWhenReady(entry);
      try {
        await Promise.all([
          controller.run(signal),
          resync(signal),
          ...(definition.sources ?? []).map((source) => runSource(source, signal)),
          whenAborted(signal),
        ]);
      } finally {
        leading = undefined;
      }
    },
  };
}

/** Somebody paused the object. One that is going is cleaned up all the same. */
function isHeld(
  { pausable = true, resource }: ControllerDefinition,
  attachment: Attachment,
  key: ObjectKey,
): boolean {
  const object = pausable ? attachment.store(resource).get(key.namespace, key.name) : undefined;
  return (
    object !== undefined && object.metadata?.deletionTimestamp === undefined && isPaused(resource, object)
  );
}
