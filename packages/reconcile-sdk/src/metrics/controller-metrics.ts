import { type Clock } from '../clock/index.ts';
import { type ControllerObserver, type ReconcileOutcome } from '../controller/index.ts';
import { controllerFamilies, type ControllerState } from './controller-families.ts';
import { type Families } from './families.ts';

/** What one controller tells; every method is a fact. */
export interface ControllerMetrics extends Required<ControllerObserver> {
  /** A field is changed again and again, because somebody changes it back. `resource`: of the child. */
  hotLoop(resource: string): void;
}

/** controller-runtime's result for each outcome; what it has no word for is looked at again, so `requeue`. */
const resultOf: Record<ReconcileOutcome, 'success' | 'error' | 'requeue' | 'requeue_after'> = {
  success: 'success',
  paused: 'success',
  requeue: 'requeue_after',
  conflict: 'requeue',
  throttled: 'requeue',
  fenced: 'requeue',
  error: 'error',
  terminal: 'error',
};
const outcomes = Object.keys(resultOf) as ReconcileOutcome[];

export function controllerMetrics(
  families: Families,
  prefix: string,
  clock: Clock,
): (name: string, concurrency: number) => ControllerMetrics {
  const states = new Map<string, ControllerState>();
  const all = controllerFamilies(families, prefix, clock, states);

  return (name, concurrency) => {
    const starts: number[] = [];
    const state: ControllerState = { starts, size: undefined, priorities: new Set([0]) };
    states.set(name, state);
    const cells = {
      adds: all.adds.labels(name, name),
      retries: all.retries.labels(name, name),
      queueTime: all.queueTime.labels(name, name),
      workTime: all.workTime.labels(name, name),
      time: all.time.labels(name),
      errors: all.errors.labels(name),
      terminal: all.terminal.labels(name),
      panics: all.panics.labels(name),
      timeouts: all.timeouts.labels(name),
      conflicts: all.conflicts.labels(name),
      lag: all.lag.labels(name),
      barrier: all.barrier.labels(name),
      barrierTimeouts: all.barrierTimeouts.labels(name),
      echoes: all.echoes.labels(name),
    };
    all.workers.labels(name).set(concurrency);
    const totals = {
      success: all.total.labels(name, 'success'),
      error: all.total.labels(name, 'error'),
      requeue: all.total.labels(name, 'requeue'),
      requeue_after: all.total.labels(name, 'requeue_after'),
    };
    const owns = Object.fromEntries(
      outcomes.map((outcome) => [outcome, all.own.labels(name, outcome)]),
    ) as Record<ReconcileOutcome, { observe(value: number): void }>;

    return {
      added: () => cells.adds.inc(),
      retried: () => cells.retries.inc(),
      started(waited) {
        starts.push(clock.monotonic());
        cells.queueTime.observe(waited);
      },
      reconciled(outcome, seconds) {
        endNearest(starts, clock.monotonic() - seconds * 1000);
        cells.time.observe(seconds);
        cells.workTime.observe(seconds);
        owns[outcome].observe(seconds);
        totals[resultOf[outcome]].inc();
        if (resultOf[outcome] === 'error') cells.errors.inc();
        if (outcome === 'terminal') cells.terminal.inc();
        if (outcome === 'conflict') cells.conflicts.inc();
      },
      queued: (size) => void (state.size = size),
      panicked: () => cells.panics.inc(),
      timedOut: () => cells.timeouts.inc(),
      held(seconds, timedOut) {
        cells.barrier.observe(seconds);
        if (timedOut) cells.barrierTimeouts.inc();
      },
      echoDropped: () => cells.echoes.inc(),
      lagged: (seconds) => cells.lag.observe(seconds),
      hotLoop: (resource) => all.hotLoops.labels(name, resource).inc(),
    };
  };
}

/** Reconciles are not told apart; the one that began nearest to `start` is the one that ended. */
function endNearest(starts: number[], start: number): void {
  let nearest = -1;
  for (let index = 0; index < starts.length; index++) {
    if (nearest < 0 || Math.abs(starts[index]! - start) < Math.abs(starts[nearest]! - start)) nearest = index;
  }
  if (nearest >= 0) starts.splice(nearest, 1);
}
