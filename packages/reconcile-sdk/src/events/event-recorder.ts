import { type Clock } from '../clock/index.ts';
import { microTime, resources, type KubeClient, type KubeObject } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';

export interface EventInput {
  type: 'Normal' | 'Warning';
  /** CamelCase word. */
  reason: string;
  /** CamelCase word: what was being done. */
  action: string;
  /** For people. Cut at 1 kB, which is the API server's limit. */
  note: string;
}

export interface EventRecorder {
  /** Never throws and never blocks: an event is news, not state. */
  record(object: KubeObject, event: EventInput): void;
  /** Resolves when what was recorded so far has been written or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  client: KubeClient;
  clock: Clock;
  log: Logger;
  /** `db.example.com/postgres-operator` */
  controller: string;
  /** Name of this process. */
  instance: string;
}

/** Repetitions within this time are counted in one Event instead of making new ones. */
const seriesMs = 10 * 60_000;
const maxRemembered = 1_000;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, log } = options;
  const recent = new Map<string, { name: string; namespace: string; count: number; at: number }>();
  let sequence = 0;
  let last: Promise<void> = Promise.resolve();

  async function write(object: KubeObject, event: EventInput): Promise<void> {
    const metadata = object.metadata ?? {};
    const namespace = metadata.namespace ?? 'default';
    const key = [metadata.uid, event.type, event.reason, event.note].join(' ');
    const now = clock.now();
    const series = recent.get(key);
    if (series && now - series.at < seriesMs) {
      series.count++;
      series.at = now;
      await client.mergePatch(
        resources.events,
        { namespace: series.namespace, name: series.name },
        { series: { count: series.count, lastObservedTime: microTime(now) } },
      );
      return;
    }
    const name = `${(metadata.name ?? 'object').slice(0, 200)}.${now.toString(16)}${(sequence++).toString(16)}`;
    await client.create(resources.events, {
      metadata: { name, namespace },
      eventTime: microTime(now),
      type: event.type,
      reason: event.reason,
      action: event.action,
      note: event.note.slice(0, 1_000),
      reportingController: options.controller,
      reportingInstance: options.instance.slice(0, 128),
      regarding: {
        ...(object.apiVersion ? { apiVersion: object.apiVersion } : {}),
        ...(object.kind ? { kind: object.kind } : {}),
        ...(metadata.name ? { name: metadata.name } : {}),
        ...(metadata.uid ? { uid: metadata.uid } : {}),
        namespace,
      },
    });
    if (recent.size >= maxRemembered) recent.delete(recent.keys().next().value!);
    recent.set(key, { name, namespace, count: 1, at: now });
  }

  return {
    record(object, event) {
      last = last
        .then(() => write(object, event))
        .catch((error: unknown) =>
          log.debug({ reason: event.reason, error: describeError(error) }, 'event not written'),
        );
    },
    flush: () => last,
  };
}
