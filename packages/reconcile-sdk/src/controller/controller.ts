import { whenAborted, type Clock, type Random, type Timer } from '../clock/index.ts';
import { parseKey, keyText, type ObjectKey } from '../client/index.ts';
import { OperatorError, describeError, isFenced } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import {
  createWorkQueue,
  type AddOptions,
  type Cause,
  type KeyState,
  type WorkItem,
  type WorkQueueOptions,
} from '../queue/index.ts';
import { currentLink, traced } from '../tracing/index.ts';
import { decideFailure, isPanic, type FailureBackoff } from './failure.ts';
import { type ControllerObserver } from './observer.ts';
import { createRunHistory, type Run } from './run-history.ts';
import { createWriteBarrier } from './write-barrier.ts';

/** What one reconcile is given. */
export interface ReconcileContext {
  /** Aborts when the reconcile takes too long or this process stops or no longer leads. */
  readonly signal: AbortSignal;
  /** Aborts when this process is told to stop: `signal` follows when the time for work that is nearly done is over. */
  readonly stopping: AbortSignal;
  /** Why this key is looked at: every cause that was merged. */
  readonly causes: readonly Cause[];
  readonly log: Logger;
  /** Something was written for this key: it is not looked at again before `isSeen` is true (R13). */
  wrote(isSeen: () => boolean): void;
  /** A change to this resourceVersion is the echo of an own write, and asks for nothing. */
  expectEcho(resourceVersion: string): void;
  /** After this reconcile the key is kept back for this long, whatever asks for it. */
  slow(ms: number, why: string): void;
}

/** What a reconcile that went well asks for. */
export interface ReconcileResult {
  /** Look again after this long, in milliseconds. */
  requeueAfterMs?: number;
  /** For metrics and people, when it was no ordinary success. */
  outcome?: 'paused';
}

/** One look at one key, until it is as it should be or throws. */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult | undefined>;

/** What a controller is made of. */
export interface ControllerOptions extends WorkQueueOptions {
  /** Lower case; labels metrics and logs. */
  name: string;
  reconcile: Reconcile;
  clock: Clock;
  random: Random;
  log: Logger;
  observer?: ControllerObserver;
  /** Keys worked on at once. Default 4. The same key never is. */
  concurrency?: number;
  /** A reconcile that takes longer is aborted and retried. Default 60 s. */
  deadlineMs?: number;
  /** How long the reconciles under way may go on after a stop; they know by `stopping`. Default 0. */
  graceMs?: number;
  failureBackoff?: FailureBackoff;
  /** A key waits no longer than this for the caches to have its own writes. Default 10 s. */
  barrierTimeoutMs?: number;
}

/** Everything that is known of one key, for `explain`. */
export interface KeyExplanation extends KeyState {
  runs: readonly Run[];
}

/** One reconcile function over a queue of keys. */
export interface Controller {
  readonly name: string;
  /** Keys worked on at once. */
  readonly concurrency: number;
  enqueue(key: ObjectKey, cause: Cause | string, options?: AddOptions): void;
  /** A cache has advanced: keys that waited for it may go on. */
  kick(): void;
  /** Keeps a key back for this long, whatever asks for it. */
  slow(key: ObjectKey, ms: number, why: string): void;
  /** Forgets the keys of a cluster that has gone, and aborts their reconciles under way. */
  drop(isDropped: (key: ObjectKey) => boolean): void;
  explain(key: ObjectKey): KeyExplanation;
  /** Reconciles that were aborted and have not ended: their keys stand still. */
  hanging(): readonly string[];
  /** Works until the signal aborts, then waits for the reconciles under way. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes a controller that works once it is run. A manager makes and feeds them for you. */
export function createController(options: ControllerOptions): Controller {
  const { name, clock, random, observer = {} } = options;
  const queue = createWorkQueue(options);
  const history = createRunHistory();
  const concurrency = options.concurrency ?? 4;
  const deadlineMs = options.deadlineMs ?? 60_000;
  const graceMs = options.graceMs ?? 0;
  const running = new Set<Promise<void>>();
  /** One for each reconcile under way, by its key. */
  const stops = new Map<string, AbortController>();
  const overdue = new Set<string>();
  const slowed = new Map<string, { timer: Timer; holder: string }>();
  const echoes = new Map<string, Set<string>>();
  let active: AbortSignal | undefined;
  let timer: Timer | undefined;
  let timerAt = Infinity;
  let sequence = 0;

  const barrier = createWriteBarrier({
    clock,
    ...(options.barrierTimeoutMs === undefined ? {} : { timeoutMs: options.barrierTimeoutMs }),
    onHold: (key) => queue.hold(key, 'own writes'),
    onRelease(key, heldMs, timedOut) {
      queue.release(key, 'own writes');
      observer.held?.(heldMs / 1000, timedOut);
      if (timedOut) {
        options.log.warn(
          { controller: name, object: key, heldSeconds: heldMs / 1000 },
          'the cache has not caught up with a write; going on without it',
        );
      }
    },
  });

  function pump(): void {
    if (!active || active.aborted) return;
    while (running.size < concurrency) {
      const item = queue.take(clock.monotonic());
      if (!item) break;
      const work = workOn(item, active).finally(() => {
        running.delete(work);
        look();
      });
      running.add(work);
    }
    observer.queued?.(queue.size());
    wakeUp(Math.min(queue.nextAt() ?? Infinity, barrier.dueAt() ?? Infinity));
  }

  /** Looks by then. A timer that is set for an earlier time stays: it costs more to set one than to look in vain. */
  function wakeUp(at: number): void {
    if (at >= timerAt) return;
    timer?.cancel();
    timerAt = at;
    timer = clock.setTimer(Math.max(0, at - clock.monotonic()) + 1, () => {
      timerAt = Infinity;
      look();
    });
  }

  function slow(key: string, ms: number, why: string): void {
    const before = slowed.get(key);
    before?.timer.cancel();
    if (before) queue.release(key, before.holder);
    queue.hold(key, why);
    const until = clock.setTimer(ms, () => {
      slowed.delete(key);
      queue.release(key, why);
      pump();
    });
    slowed.set(key, { timer: until, holder: why });
  }

  function look(): void {
    barrier.check();
    pump();
  }

  async function workOn(item: WorkItem, outer: AbortSignal): Promise<void> {
    const { key } = item;
    const started = clock.monotonic();
    observer.started?.((started - item.since) / 1000);
    const arrived = item.causes.flatMap(({ receivedAt }) => (receivedAt === undefined ? [] : [receivedAt]));
    if (arrived.length > 0) observer.lagged?.((started - Math.min(...arrived)) / 1000);
    echoes.delete(key);
    const log = options.log.child({
      controller: name,
      object: key,
      reconcileID: `${name}-${(++sequence).toString(36)}`,
    });
    const causes = item.causes.map(({ text }) => text);
    const stop = new AbortController();
    stops.set(key, stop);
    const limit = clock.setTimer(deadlineMs, () => {
      overdue.add(key);
      observer.timedOut?.();
      log.warn({ seconds: deadlineMs / 1000 }, 'the reconcile takes too long; aborting it');
      stop.abort(new OperatorError('timeout', `the reconcile took longer than ${deadlineMs / 1000} s`));
    });
    const context: ReconcileContext = {
      signal: stop.signal,
      stopping: outer,
      causes: item.causes,
      log,
      wrote: (isSeen) => barrier.wrote(key, isSeen),
      expectEcho(resourceVersion) {
        const expected = echoes.get(key);
        if (expected) expected.add(resourceVersion);
        else echoes.set(key, new Set([resourceVersion]));
      },
      slow: (ms, why) => slow(key, ms, why),
    };
    let run: Pick<Run, 'outcome' | 'error' | 'requeueAfterMs'>;
    log.debug({ causes }, 'reconciling');
    try {
      run = settle(item, await attempt(item, context));
    } catch (error) {
      run = fail(item, error, log, outer);
    } finally {
      limit.cancel();
      stops.delete(key);
      overdue.delete(key);
      queue.done(key, isEchoOf(key));
    }
    const seconds = (clock.monotonic() - started) / 1000;
    history.add(key, { at: clock.now(), causes, seconds, ...run });
    observer.reconciled?.(run.outcome, seconds);
    log.debug({ outcome: run.outcome, seconds }, 'reconciled');
  }

  const attempt = (item: WorkItem, context: ReconcileContext): Promise<ReconcileResult | undefined> =>
    traced(
      'reconcile',
      { 'reconcile.controller': name, 'reconcile.object': item.key },
      async () => options.reconcile(parseKey(item.key), context),
      { links: item.causes.flatMap(({ link }) => (link ? [link] : [])) },
    );

  function settle(
    item: WorkItem,
    result: ReconcileResult | undefined,
  ): Pick<Run, 'outcome' | 'requeueAfterMs'> {
    queue.succeed(item.key);
    const after = result?.requeueAfterMs;
    if (after === undefined) return { outcome: result?.outcome ?? 'success' };
    // What is looked at again because it was planned is no more urgent than what asked for it first.
    queue.addAfter(item.key, after, { text: 'planned' }, clock.monotonic());
    return { outcome: result?.outcome ?? 'requeue', requeueAfterMs: after };
  }

  function fail(
    item: WorkItem,
    error: unknown,
    log: Logger,
    outer: AbortSignal,
  ): Pick<Run, 'outcome' | 'error' | 'requeueAfterMs'> {
    const now = clock.monotonic();
    if (outer.aborted) {
      queue.add(item.key, { text: 'interrupted' }, now);
      return { outcome: 'fenced' };
    }
    const failures = queue.fail(item.key);
    const { outcome, retryAfterMs, because } = decideFailure(error, failures, random, options.failureBackoff);
    if (isPanic(error)) observer.panicked?.();
    const text = describeError(error);
    // A mistake in the code is looked for by its stack.
    const shown = isPanic(error) && error instanceof Error ? error : text;
    if (retryAfterMs !== undefined) {
      queue.addAfter(item.key, retryAfterMs, { text: because }, now);
      observer.retried?.();
    }
    switch (outcome) {
      case 'terminal':
        log.error({ error: shown }, 'reconcile failed; it will not be tried again before something changes');
        break;
      case 'error':
        log.warn({ error: shown, failures, retryInSeconds: (retryAfterMs ?? 0) / 1000 }, 'reconcile failed');
        break;
      default:
        log.debug({ error: text, outcome }, 'reconcile ended early; looking again');
    }
    return { outcome, error: text, ...(retryAfterMs === undefined ? {} : { requeueAfterMs: retryAfterMs }) };
  }

  /** What is asked for inside a span is linked to it. */
  const withLink = (cause: Cause): Cause => {
    const link = cause.link ?? currentLink();
    return link ? { ...cause, link } : cause;
  };

  const isEchoOf =
    (key: string) =>
    ({ resourceVersion }: Cause): boolean => {
      const isEcho = resourceVersion !== undefined && (echoes.get(key)?.has(resourceVersion) ?? false);
      if (isEcho) observer.echoDropped?.();
      return isEcho;
    };

  return {
    name,
    concurrency,
    enqueue(key, cause, addOptions) {
      const text = keyText(key);
      const why = withLink(typeof cause === 'string' ? { text: cause } : cause);
      if (isEchoOf(text)(why)) return;
      observer.added?.();
      queue.add(text, why, clock.monotonic(), addOptions);
      pump();
    },
    // Caches advance with every event: most of them let nothing go.
    kick() {
      if (barrier.check()) pump();
    },
    slow: (key, ms, why) => slow(keyText(key), ms, why),
    drop(isDropped) {
      const isGone = (text: string): boolean => isDropped(parseKey(text));
      barrier.drop(isGone);
      queue.drop(isGone);
      for (const [text, stop] of stops) if (isGone(text)) stop.abort();
      for (const [text, { timer: until }] of slowed) {
        if (!isGone(text)) continue;
        until.cancel();
        slowed.delete(text);
      }
      for (const text of echoes.keys()) if (isGone(text)) echoes.delete(text);
      observer.queued?.(queue.size());
    },
    explain: (key) => ({ ...queue.stateOf(keyText(key)), runs: history.of(keyText(key)) }),
    hanging: () => [...overdue],
    async run(signal) {
      active = signal;
      look();
      const end = (): void => stops.forEach((stop) => stop.abort(signal.reason));
      let grace: Timer | undefined;
      signal.addEventListener(
        'abort',
        () => {
          // Who no longer leads may not write any more, so there is nothing to wait for.
          if (graceMs === 0 || isFenced(signal.reason)) end();
          else grace = clock.setTimer(graceMs, end);
        },
        { once: true },
      );
      await whenAborted(signal);
      timer?.cancel();
      timerAt = Infinity;
      for (const { timer: until } of slowed.values()) until.cancel();
      slowed.clear();
      await Promise.allSettled(running);
      grace?.cancel();
      active = undefined;
    },
  };
}
