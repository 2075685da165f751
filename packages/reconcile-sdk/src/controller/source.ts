import { whenAborted, type Clock, type Random } from '../clock/index.ts';
import { type ObjectKey } from '../client/index.ts';
import { type AddOptions, type Cause } from '../queue/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';

/** What a source is given. */
export interface SourceContext {
  enqueue(key: ObjectKey, cause: Cause | string, options?: AddOptions): void;
  clock: Clock;
  random: Random;
  log: Logger;
  signal: AbortSignal;
}

/** Where keys come from besides watches. Runs until the signal aborts; one that fails is started again. */
export interface Source {
  /** For people and logs. */
  readonly name: string;
  run(context: SourceContext): Promise<void>;
}

/** What a poll asks, and how often. */
export interface PollOptions {
  name: string;
  /** Milliseconds between the end of one poll and the next, spread by a tenth either way. */
  everyMs: number;
  /** A poll that takes longer is aborted and counts as failed. Default: `everyMs`. */
  timeoutMs?: number;
  /** Looks outside; the keys that it returns are looked at. */
  poll(signal: AbortSignal): Promise<readonly ObjectKey[]> | readonly ObjectKey[];
}

/** Asks the outside at intervals. A poll that fails is told and asked again at the next interval. */
export function pollSource({ name, everyMs, timeoutMs = everyMs, poll }: PollOptions): Source {
  return {
    name,
    async run({ enqueue, clock, random, log, signal }) {
      while (!signal.aborted) {
        const limit = new AbortController();
        const timer = clock.setTimer(timeoutMs, () => limit.abort(new Error('no answer in time')));
        try {
          for (const key of await poll(AbortSignal.any([signal, limit.signal]))) enqueue(key, name);
        } catch (error) {
          if (!signal.aborted) log.warn({ source: name, error: describeError(error) }, 'the poll failed');
        } finally {
          timer.cancel();
        }
        await clock.sleep(everyMs * (0.9 + 0.2 * random.next()), signal).catch(() => undefined);
      }
    },
  };
}

/** What is pushed from outside, such as a web hook's call. */
export interface PushSource extends Source {
  /** Keys that are pushed before the controller runs wait for it. */
  push(key: ObjectKey, cause?: Cause | string): void;
}

/** Makes a source that others push keys into. */
export function pushSource(name: string): PushSource {
  let waiting: [ObjectKey, Cause | string][] = [];
  let sink: SourceContext['enqueue'] | undefined;
  return {
    name,
    push(key, cause = name) {
      if (sink) sink(key, cause);
      else waiting.push([key, cause]);
    },
    async run({ enqueue, signal }) {
      sink = enqueue;
      for (const [key, cause] of waiting) enqueue(key, cause);
      waiting = [];
      await whenAborted(signal);
      sink = undefined;
    },
  };
}

/** What a schedule looks at, and when. */
export interface ScheduleOptions {
  name: string;
  /** The next time after `now`, both wall clock in milliseconds; undefined: never again. Any cron library gives it. */
  nextAfter(now: number): number | undefined;
  keys(): readonly ObjectKey[];
}

/** Longest wait that timers take; a wall clock that is set meanwhile is noticed as soon. */
const longestSleepMs = 60_000;

/** Looks at keys at times of the wall clock. A time that passed while nothing ran is not made up for here. */
export function scheduleSource({ name, nextAfter, keys }: ScheduleOptions): Source {
  return {
    name,
    async run({ enqueue, clock, signal }) {
      let next = nextAfter(clock.now());
      while (!signal.aborted && next !== undefined) {
        const wait = next - clock.now();
        if (wait > 0) {
          await clock.sleep(Math.min(wait, longestSleepMs), signal).catch(() => undefined);
          continue;
        }
        for (const key of keys()) enqueue(key, name);
        next = nextAfter(clock.now());
      }
    },
  };
}
