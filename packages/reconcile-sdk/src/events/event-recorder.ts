import { type Clock, type Timer } from '../clock/index.ts';
import { microTime, resources, type KubeClient, type KubeObject } from '../client/index.ts';
import { describeError, isAlreadyExists, isNotFound } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import {
  eventIdentity,
  eventName,
  eventNamespace,
  eventObject,
  type EventInput,
  type EventSource,
} from './event-object.ts';
import { fullBucket, takeToken, type Bucket, type RateLimit } from './token-bucket.ts';

/** Tells people, by Events, what happened to an object. */
export interface EventRecorder {
  /** Never throws and never blocks: an event is news, not state. */
  record(object: KubeObject, event: EventInput): void;
  /**
   * Writes what was recorded so far, counts that wait their turn included. Resolves when that is done or given up,
   * after `timeoutMs` (default 5 s) at the latest; never rejects.
   */
  flush(timeoutMs?: number): Promise<void>;
}

/** What `createEventRecorder` takes. */
export interface EventRecorderOptions extends EventSource {
  client: KubeClient;
  clock: Clock;
  log: Logger;
  /** Repetitions that come no later than this after one another are one Event with a count. Default 10 min. */
  seriesMs?: number;
  /** A count is written at most this often at first, and ever more seldom, up to 32 times as seldom. Default 10 s. */
  countMs?: number;
  /** Of new Events, per object. Default a burst of 25 and one more each 5 minutes, as client-go's. */
  limit?: RateLimit;
  /** What became of what was recorded. `counted`: a repetition. */
  onEvent?: (fate: 'written' | 'counted' | 'limited' | 'failed') => void;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  readonly body: ReturnType<typeof eventObject>;
  /** Times that it happened, and times that the API server knows of. */
  count: number;
  written: number;
  lastAt: number;
  patches: number;
  timer: Timer | undefined;
}

/** Series and objects that are remembered; the ones that have been quiet the longest are forgotten. */
const maxRemembered = 1_000;
/** Events that wait to be written; further ones are dropped, for news must not fill the memory. */
const maxWaiting = 1_000;

/** A recorder on events.k8s.io/v1: needs the rights to create and patch events. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, log, seriesMs = 10 * 60_000, countMs = 10_000 } = options;
  const limit = options.limit ?? { burst: 25, refillMs: 300_000 };
  const known = new Map<string, Series>();
  const buckets = new Map<string, Bucket>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
    map.delete(key);
    if (map.size >= maxRemembered) map.delete(map.keys().next().value!);
    map.set(key, value);
  }

  function mayBegin(object: KubeObject, now: number): boolean {
    const key = object.metadata?.uid ?? `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
    const bucket = takeToken(buckets.get(key) ?? fullBucket(limit, now), limit, now);
    if (bucket) remember(buckets, key, bucket);
    return bucket !== undefined;
  }

  /** One write after the other: a count never overtakes its Event. */
  function enqueue(identity: string, series: Series): void {
    series.timer?.cancel();
    series.timer = undefined;
    waiting++;
    last = last
      .then(() => write(series))
      // After a failure the next repetition tries again: nothing here keeps itself going.
      .then(() => scheduleCount(identity, series))
      .catch((error: unknown) => {
        options.onEvent?.('failed');
        log.debug(
          { reason: series.body.reason, err: error, note: describeError(error) },
          'event not written',
        );
        // Not there, so the next one begins anew.
        if (series.written === 0 && known.get(identity) === series) known.delete(identity);
      })
      .finally(() => void waiting--);
  }

  function scheduleCount(identity: string, series: Series): void {
    if (series.timer || series.written === 0 || series.count <= series.written) return;
    const wait = countMs * 2 ** Math.min(5, series.patches);
    series.timer = clock.setTimer(wait, () => enqueue(identity, series));
  }

  async function write(series: Series): Promise<void> {
    const { count } = series;
    if (series.written === 0) {
      if (await create(series, count)) return options.onEvent?.('written');
    } else if (count > series.written) {
      await patchCount(series, count);
    }
  }

  /** False: it was there already, from a process before this one, and has been counted on. */
  async function create(series: Series, count: number): Promise<boolean> {
    const { name, namespace } = series;
    try {
      await client.create(resources.events, {
        metadata: { name, namespace },
        ...series.body,
        ...(count > 1 ? { series: { count, lastObservedTime: microTime(series.lastAt) } } : {}),
      });
      series.written = count;
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // An empty patch reads it, with no right but that to patch.
      const before = await client.mergePatch(resources.events, { namespace, name }, {});
      series.count += before.series?.count ?? 1;
      await patchCount(series, series.count);
      return false;
    }
  }

  async function patchCount(series: Series, count: number): Promise<void> {
    const { name, namespace } = series;
    const change = { series: { count, lastObservedTime: microTime(series.lastAt) } };
    try {
      await client.mergePatch(resources.events, { namespace, name }, change);
      series.patches++;
      series.written = count;
    } catch (error) {
      // The API server forgets Events after a while (an hour): it is told again, with its count.
      if (!isNotFound(error)) throw error;
      await create(series, count);
    }
  }

  function begin(object: KubeObject, event: EventInput, identity: string, now: number): void {
    if (waiting >= maxWaiting || !mayBegin(object, now)) return options.onEvent?.('limited');
    const series: Series = {
      name: eventName(object, identity, now, seriesMs),
      namespace: eventNamespace(object),
      body: eventObject(object, event, options, now),
      count: 1,
      written: 0,
      lastAt: now,
      patches: 0,
      timer: undefined,
    };
    remember(known, identity, series);
    enqueue(identity, series);
  }

  return {
    record(object, event) {
      try {
        const now = clock.now();
        const identity = eventIdentity(object, event, options);
        const series = known.get(identity);
        if (!series || now - series.lastAt > seriesMs) return begin(object, event, identity, now);
        series.count++;
        series.lastAt = Math.max(now, series.lastAt);
        remember(known, identity, series);
        options.onEvent?.('counted');
        scheduleCount(identity, series);
      } catch (error) {
        log.debug({ err: error }, 'event not recorded');
      }
    },
    async flush(timeoutMs = 5_000) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = clock.setTimer(timeoutMs, resolve);
      // What is being written now may leave a count behind that waits its turn.
      await Promise.race([last, late]);
      for (const [identity, series] of known) if (series.timer) enqueue(identity, series);
      await Promise.race([last, late]);
      timer.cancel();
    },
  };
}
