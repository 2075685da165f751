import { type Clock } from '../clock/index.ts';
import { type QueueSize } from '../queue/index.ts';
import { lagBuckets, ownReconcileBuckets, reconcileBuckets, wideBuckets } from './buckets.ts';
import { type Families } from './families.ts';

/** How one controller stands, read at each scrape: it changes too often to be told each time. */
export interface ControllerState {
  /** When its reconciles under way began, on the monotonic clock. */
  readonly starts: number[];
  size: QueueSize | undefined;
  /** Priorities whose depth has been told; one that has emptied is told as 0. */
  readonly priorities: Set<number>;
}

/** Depths are told apart for this many priorities; the number, and the word for the others, are controller-runtime's. */
const maxPriorities = 25;
const otherPriorities = 'exceeded_cardinality_limit';

/** The families of all controllers. */
export function controllerFamilies(
  families: Families,
  prefix: string,
  clock: Clock,
  states: ReadonlyMap<string, ControllerState>,
) {
  const secondsSince = (start: number): number => (clock.monotonic() - start) / 1000;
  const perController = ['controller'] as const;
  const perQueue = ['name', 'controller'] as const;
  const count = (name: string, help: string) => families.counter({ name, help, labels: perController });

  const own = families.histogram({
    name: `${prefix}_reconcile_seconds`,
    help: 'Seconds from taking a key to the end of its reconcile.',
    labels: ['resource', 'outcome'],
    buckets: ownReconcileBuckets,
  });
  const total = families.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles per controller and result.',
    labels: ['controller', 'result'],
  });
  const errors = count('controller_runtime_reconcile_errors_total', 'Reconciles that failed.');
  const terminal = count(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that failed and are not tried again before something changes.',
  );
  const panics = count(
    'controller_runtime_reconcile_panics_total',
    'Reconciles that threw what only a mistake in the code throws.',
  );
  const timeouts = count(
    'controller_runtime_reconcile_timeouts_total',
    'Reconciles that were aborted because they took too long.',
  );
  const time = families.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Seconds per reconcile.',
    labels: perController,
    buckets: reconcileBuckets,
  });
  const workers = families.gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Reconciles that may run at once.',
    labels: perController,
  });
  families.read({
    name: 'controller_runtime_active_workers',
    help: 'Reconciles under way.',
    labels: perController,
    type: 'gauge',
    collect: (tell) => states.forEach(({ starts }, name) => tell(starts.length, name)),
  });
  families.read({
    name: 'workqueue_depth',
    help: 'Keys that are ready and wait, by priority.',
    labels: [...perQueue, 'priority'],
    type: 'gauge',
    collect: (tell) =>
      states.forEach((state, name) =>
        tellDepths(state, (keys, priority) => tell(keys, name, name, priority)),
      ),
  });
  const adds = families.counter({
    name: 'workqueue_adds_total',
    help: 'Times that a key was asked for.',
    labels: perQueue,
  });
  const queueTime = families.histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Seconds that a key waited.',
    labels: perQueue,
    buckets: wideBuckets,
  });
  const workTime = families.histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Seconds that a key was worked on.',
    labels: perQueue,
    buckets: wideBuckets,
  });
  families.read({
    name: 'workqueue_unfinished_work_seconds',
    help: 'Seconds of work under way, over all keys. Growing without end: something hangs.',
    labels: perQueue,
    type: 'gauge',
    collect: (tell) =>
      states.forEach(({ starts }, name) =>
        tell(
          starts.reduce((sum, start) => sum + secondsSince(start), 0),
          name,
          name,
        ),
      ),
  });
  families.read({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'Seconds that the longest reconcile under way has taken.',
    labels: perQueue,
    type: 'gauge',
    collect: (tell) =>
      states.forEach(({ starts }, name) =>
        tell(starts.length ? secondsSince(Math.min(...starts)) : 0, name, name),
      ),
  });
  const retries = families.counter({
    name: 'workqueue_retries_total',
    help: 'Keys that were put back to be tried again later.',
    labels: perQueue,
  });
  families.read({
    name: 'reconcile_keys',
    help: 'Keys by what they wait for: held for own writes, or delayed until a time.',
    labels: ['controller', 'state'],
    type: 'gauge',
    collect: (tell) =>
      states.forEach(({ size }, name) => {
        tell(size?.held ?? 0, name, 'held');
        tell(size?.delayed ?? 0, name, 'delayed');
      }),
  });
  const lag = families.histogram({
    name: 'reconcile_lag_seconds',
    help: 'Seconds from the arrival of a change to the start of its reconcile.',
    labels: perController,
    buckets: lagBuckets,
  });
  const conflicts = count('reconcile_conflicts_total', 'Reconciles that met a newer state and look again.');
  const barrier = families.histogram({
    name: 'reconcile_barrier_seconds',
    help: 'Seconds that a key was held until the caches had its own writes.',
    labels: perController,
    buckets: lagBuckets,
  });
  const barrierTimeouts = count(
    'reconcile_barrier_timeouts_total',
    'Keys let go without the caches having their own writes.',
  );
  const echoes = count(
    'reconcile_echoes_dropped_total',
    'Changes not acted upon because they were the echo of an own write.',
  );
  const hotLoops = families.counter({
    name: 'reconcile_hot_loops_total',
    help: 'Times that a field was seen to be changed again and again.',
    labels: ['controller', 'resource'],
  });

  return {
    own,
    total,
    errors,
    terminal,
    panics,
    timeouts,
    time,
    workers,
    adds,
    queueTime,
    workTime,
    retries,
    lag,
    conflicts,
    barrier,
    barrierTimeouts,
    echoes,
    hotLoops,
  };
}

function tellDepths(
  { size, priorities }: ControllerState,
  tell: (keys: number, priority: string) => void,
): void {
  let rest = 0;
  for (const [priority, keys] of size?.byPriority ?? []) {
    if (priorities.size < maxPriorities) priorities.add(priority);
    if (!priorities.has(priority)) rest += keys;
  }
  for (const priority of priorities) tell(size?.byPriority.get(priority) ?? 0, String(priority));
  if (rest > 0) tell(rest, otherPriorities);
}
