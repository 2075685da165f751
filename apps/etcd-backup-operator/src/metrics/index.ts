/** What the operator tells Prometheus about backups. */
export { addMetrics } from './add-metrics.ts';
export { countedFamilies, durationFamily, statusFamilies, type MetricFamily } from './families.ts';
