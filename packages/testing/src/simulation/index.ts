/** Whole operators in one process: the real manager on the in-process API server, on time and chance of a test's own. */
export {
  createWorld,
  type Exchange,
  type Point,
  type PointListener,
  type Rule,
  type World,
  type WorldOptions,
} from './world.ts';
export { type OperatorProcess } from './operator-process.ts';
export { type OperatorUnderTest, type Outside } from './operator.ts';
export { type CacheView } from './cache-view.ts';
export { type Call } from './call.ts';
export { traceText, type Trace, type TraceEntry } from './trace.ts';
export { type Verdict } from './wire.ts';
export { serveWebhooks, type WebhookBackend } from './webhook-backend.ts';
