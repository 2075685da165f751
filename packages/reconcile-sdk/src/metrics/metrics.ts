import type { Registry as RegistryOf } from 'prom-client';
import { systemClock, type Clock } from '../clock/index.ts';
import { controllerMetrics, type ControllerMetrics } from './controller-metrics.ts';
import { electionMetrics, type ElectionMetrics } from './election-metrics.ts';
import { eventMetrics, type EventMetrics } from './event-metrics.ts';
import { informerMetrics, type InformerMetrics } from './informer-metrics.ts';
import { planMetrics, type PlanMetrics } from './plan-metrics.ts';
import { describeFamilies, familiesIn, type Families, type FamilyDescription } from './families.ts';
import { Registry, collectDefaultMetrics } from './prom-client-parts.ts';
import { restClientMetrics, type RestClientMetrics } from './rest-client-metrics.ts';
import { webhookMetrics, type WebhookMetrics } from './webhook-metrics.ts';

/**
 * What the runtime counts and times: one method per fact. Names are controller-runtime's where it has one, so that
 * dashboards carry over. Labels are names that the program declares, never names of objects.
 */
export interface Metrics extends PlanMetrics, ElectionMetrics, EventMetrics {
  /** All families. */
  readonly registry: RegistryOf;
  /** Makes families of the operator's own in it. */
  readonly families: Families;
  /** Every family, for documentation. */
  describe(): FamilyDescription[];
  /** The observer of one controller. Its series are there, as 0, from this call on. */
  controller(name: string, options?: { concurrency?: number }): ControllerMetrics;
  readonly transport: RestClientMetrics;
  readonly informers: InformerMetrics;
  readonly webhooks: WebhookMetrics;
}

/** What `createMetrics` takes. */
export interface MetricsOptions {
  /** Prefix of the operator's own histogram: `postgres_operator` gives `postgres_operator_reconcile_seconds`. */
  prefix: string;
  /** For how long work under way has taken. Default the machine's. */
  clock?: Clock;
}

/** A registry of its own with all families in it, and the process's own figures. */
export function createMetrics({ prefix, clock = systemClock }: MetricsOptions): Metrics {
  const registry = new Registry();
  const families = familiesIn(registry);
  const controller = controllerMetrics(families, prefix, clock);
  const metrics: Metrics = {
    registry,
    families,
    describe: () => describeFamilies(registry),
    controller: (name, { concurrency = 1 } = {}) => controller(name, concurrency),
    informers: informerMetrics(families),
    ...planMetrics(families),
    transport: restClientMetrics(families),
    webhooks: webhookMetrics(families),
    ...electionMetrics(families),
    ...eventMetrics(families),
  };
  // A sample each 20 ms tells a late loop well enough, and an idle process is woken half as often as by default.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  return metrics;
}
