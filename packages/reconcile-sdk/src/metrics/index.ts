/** What the runtime counts and times, in Prometheus' form. */
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts';
export { type ControllerMetrics } from './controller-metrics.ts';
export { type ElectionMetrics } from './election-metrics.ts';
export { type EventFate, type EventMetrics } from './event-metrics.ts';
export { type InformerFigures, type InformerMetrics } from './informer-metrics.ts';
export {
  type OperationFigures,
  type OperationResult,
  type PlanMetrics,
  type WriteVerb,
} from './plan-metrics.ts';
export { type RestClientMetrics } from './rest-client-metrics.ts';
export { type WebhookMetrics } from './webhook-metrics.ts';
export { type Families, type Family, type FamilyDescription, type Tell } from './families.ts';
