/** What the runtime counts and times, in Prometheus' form. */
export { createMetrics, type Metrics, type MetricsOptions, type ReconcileOutcome } from './metrics.ts';
