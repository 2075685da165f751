import { backoff, type Clock, type Random, type Timer } from '../clock/index.ts';
import { parseKey, keyText, type ObjectKey } from '../client/index.ts';
import { OperatorError, describeError, retryClassOf } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Metrics, type ReconcileOutcome } from '../metrics/index.ts';
import { createWorkQueue, type WorkItem } from '../queue/index.ts';

export interface ReconcileContext {
  /** Aborts when the reconcile takes too long or this process stops or no longer leads. */
  signal: AbortSignal;
  /** Why this key is looked at: every cause that was merged. */
  reasons: readonly string[];
  log: Logger;
}

export interface ReconcileResult {
  /** Look again after this long. Milliseconds. */
  requeueAfterMs?: number;
}

export interface ControllerOptions {
  /** Lower case; labels metrics and logs. */
  name: string;
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined>;
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
  /** Keys worked on at once. Default 4. The same key never is. */
  concurrency?: number;
  /** A reconcile that takes longer is aborted and retried. Default 60 s. */
  deadlineMs?: number;
  /** False holds a key back, until `kick` is called or `heldUntil` has come. */
  isEligible?: (key: ObjectKey) => boolean;
  heldUntil?: () => number | undefined;
}

export interface Controller {
  readonly name: string;
  enqueue(key: ObjectKey, reason: string): void;
  /** Something that `isEligible` looks at may have changed. */
  kick(): void;
  /** Works until the signal aborts, then waits for the reconciles under way. */
  run(signal: AbortSignal): Promise<void>;
}

/** Back-off of a failing key: long enough to spare the API server, short enough to heal within a minute. */
const failureBackoff = { baseMs: 200, maxMs: 60_000 };
/** A conflict means that a newer state is on its way: look again soon. */
const conflictBackoff = { baseMs: 50, maxMs: 2_000 };

export function createController(options: ControllerOptions): Controller {
  const { name, clock, random, metrics } = options;
  const queue = createWorkQueue();
  const concurrency = options.concurrency ?? 4;
  const running = new Set<Promise<void>>();
  let active: AbortSignal | undefined;
  let timer: Timer | undefined;
  let sequence = 0;

  function pump(): void {
    if (!active || active.aborted) return;
    while (running.size < concurrency) {
      const item = queue.take(clock.monotonic(), (key) => options.isEligible?.(parseKey(key)) ?? true);
      if (!item) break;
      const work = workOn(item, active).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
    const { ready, working } = queue.size();
    metrics.queue(name, ready, working);
    timer?.cancel();
    const wakeAt = Math.min(
      queue.nextAt() ?? Infinity,
      ready > 0 ? (options.heldUntil?.() ?? Infinity) : Infinity,
    );
    timer =
      wakeAt === Infinity ? undefined : clock.setTimer(Math.max(0, wakeAt - clock.monotonic()) + 1, pump);
  }

  async function workOn(item: WorkItem, outer: AbortSignal): Promise<void> {
    const started = clock.monotonic();
    metrics.waited(name, (started - item.since) / 1000);
    const log = options.log.child({
      controller: name,
      object: item.key,
      reconcileID: `${name}-${(++sequence).toString(36)}`,
    });
    const deadline = new AbortController();
    const deadlineMs = options.deadlineMs ?? 60_000;
    const limit = clock.setTimer(deadlineMs, () =>
      deadline.abort(new OperatorError('timeout', `the reconcile took longer than ${deadlineMs / 1000} s`)),
    );
    let outcome: ReconcileOutcome;
    try {
      log.debug({ reasons: item.reasons }, 'reconciling');
      const signal = AbortSignal.any([outer, deadline.signal]);
      const result = await options.reconcile(parseKey(item.key), { signal, reasons: item.reasons, log });
      queue.succeed(item.key);
      outcome = result?.requeueAfterMs === undefined ? 'success' : 'requeue';
      if (result?.requeueAfterMs !== undefined) {
        queue.addAfter(item.key, result.requeueAfterMs, 'planned', clock.monotonic());
      }
    } catch (error) {
      outcome = handleFailure(item, error, log, outer);
    } finally {
      limit.cancel();
      queue.done(item.key);
    }
    const seconds = (clock.monotonic() - started) / 1000;
    metrics.reconciled(name, outcome, seconds);
    log.debug({ outcome, seconds }, 'reconciled');
  }

  function handleFailure(item: WorkItem, error: unknown, log: Logger, outer: AbortSignal): ReconcileOutcome {
    const now = clock.monotonic();
    if (outer.aborted) {
      queue.add(item.key, 'interrupted', now);
      return 'fenced';
    }
    const failures = queue.fail(item.key);
    const again = (ms: number, why: string): void => queue.addAfter(item.key, ms, why, now);
    switch (retryClassOf(error)) {
      case 'conflict':
        again(backoff(failures, conflictBackoff, random), 'conflict');
        log.debug({ error: describeError(error) }, 'a newer state exists; looking again');
        return 'conflict';
      case 'throttled':
        again(error instanceof OperatorError ? (error.retryAfterMs ?? 1_000) : 1_000, 'throttled');
        return 'throttled';
      case 'fenced':
        again(conflictBackoff.maxMs, 'fenced');
        return 'fenced';
      case 'terminal':
        log.error(
          { error: describeError(error) },
          'reconcile failed; it will not be tried again before something changes',
        );
        return 'terminal';
      case 'retry': {
        const wait = backoff(failures, failureBackoff, random);
        again(wait, `failed ${failures} times`);
        log.warn({ error: describeError(error), failures, retryInSeconds: wait / 1000 }, 'reconcile failed');
        return 'error';
      }
    }
  }

  return {
    name,
    enqueue(key, reason) {
      queue.add(keyText(key), reason, clock.monotonic());
      pump();
    },
    kick: pump,
    async run(signal) {
      active = signal;
      pump();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      timer?.cancel();
      await Promise.allSettled(running);
      active = undefined;
    },
  };
}
