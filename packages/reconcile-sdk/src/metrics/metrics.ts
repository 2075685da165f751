import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type ReconcileOutcome =
  'success' | 'requeue' | 'conflict' | 'throttled' | 'fenced' | 'error' | 'terminal';

/** What the runtime counts. Names are controller-runtime's where it has one, so that dashboards carry over. */
export interface Metrics {
  readonly registry: Registry;
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void;
  queue(controller: string, depth: number, working: number): void;
  waited(controller: string, seconds: number): void;
  called(method: string, code: number, seconds: number): void;
  /** A write that was not needed, so not made. */
  writeSkipped(controller: string, resource: string): void;
  writeMade(controller: string, resource: string, verb: 'apply' | 'create' | 'delete' | 'status'): void;
  /** An apply that was sent and changed nothing: the comparison saw a difference where the server sees none. */
  writeChangedNothing(controller: string, resource: string): void;
  leader(name: string, isLeader: boolean): void;
  watchRestarted(resource: string): void;
}

export interface MetricsOptions {
  /** Prefix of the operator's own histogram: `postgres_operator` gives `postgres_operator_reconcile_seconds`. */
  prefix: string;
}

export function createMetrics({ prefix }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const own = new Histogram({
    name: `${prefix}_reconcile_seconds`,
    help: 'Seconds from taking a key to the end of its reconcile.',
    labelNames: ['resource', 'outcome'],
    buckets: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8],
    registers,
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles per controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciles that failed, per controller.',
    labelNames: ['controller'],
    registers,
  });
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait.',
    labelNames: ['name'],
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciles under way.',
    labelNames: ['controller'],
    registers,
  });
  const queueSeconds = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Seconds that a key waited.',
    labelNames: ['name'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });
  const calls = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server; code 0: no answer.',
    labelNames: ['method', 'code'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Seconds until the answer began.',
    labelNames: ['method'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const skipped = new Counter({
    name: 'reconcile_writes_skipped_total',
    help: 'Writes not made because nothing differed.',
    labelNames: ['controller', 'resource'],
    registers,
  });
  const made = new Counter({
    name: 'reconcile_writes_total',
    help: 'Writes made.',
    labelNames: ['controller', 'resource', 'verb'],
    registers,
  });
  const noop = new Counter({
    name: 'reconcile_noop_writes_total',
    help: 'Applies that the API server answered without a change.',
    labelNames: ['controller', 'resource'],
    registers,
  });
  const leading = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labelNames: ['name'],
    registers,
  });
  const restarts = new Counter({
    name: 'reflector_failures_total',
    help: 'Lists and watches that failed.',
    labelNames: ['resource'],
    registers,
  });
  return {
    registry,
    reconciled(controller, outcome, seconds) {
      own.observe({ resource: controller, outcome }, seconds);
      total.inc({ controller, result: outcome });
      if (outcome === 'error' || outcome === 'terminal') errors.inc({ controller });
    },
    queue(controller, waiting, working) {
      depth.set({ name: controller }, waiting);
      active.set({ controller }, working);
    },
    waited: (controller, seconds) => queueSeconds.observe({ name: controller }, seconds),
    called(method, code, seconds) {
      calls.inc({ method, code });
      callSeconds.observe({ method }, seconds);
    },
    writeSkipped: (controller, resource) => skipped.inc({ controller, resource }),
    writeMade: (controller, resource, verb) => made.inc({ controller, resource, verb }),
    writeChangedNothing: (controller, resource) => noop.inc({ controller, resource }),
    leader: (name, isLeader) => leading.set({ name }, isLeader ? 1 : 0),
    watchRestarted: (resource) => restarts.inc({ resource }),
  };
}
