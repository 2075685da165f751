/**
 * reconcile-sdk: the runtime of every operator here. One folder per noun; each index says what it is for. What
 * stands here is public and kept in api-report.md; machines and their states stay inside.
 */
export * from './clock/index.ts';
export * from './errors/index.ts';
export * from './client/index.ts';
export {
  createInformerSet,
  createReflector,
  deepFreeze,
  type Change,
  type ChangeListener,
  type IndexFunction,
  type Indexes,
  type Informer,
  type InformerHandle,
  type InformerObserver,
  type InformerRequest,
  type InformerSet,
  type InformerSetOptions,
  type InformerStats,
  type Problem,
  type ProblemKind,
  type ReadStore,
  type Reflector,
  type ReflectorCounts,
  type ReflectorHealth,
  type ReflectorOptions,
  type RestartReason,
  type Scope,
} from './cache/index.ts';
export * from './logging/index.ts';
export * from './tracing/index.ts';
export * from './status/index.ts';
export * from './plan/index.ts';
export {
  priorities,
  type AddOptions,
  type Cause,
  type KeyState,
  type QueueSize,
  type WorkQueueOptions,
} from './queue/index.ts';
export * from './metrics/index.ts';
export {
  createController,
  pollSource,
  pushSource,
  scheduleSource,
  trackWrites,
  untilSeen,
  type Controller,
  type ControllerObserver,
  type ControllerOptions,
  type FailureBackoff,
  type KeyExplanation,
  type PollOptions,
  type PushSource,
  type Reconcile,
  type ReconcileContext,
  type ReconcileOutcome,
  type ReconcileResult,
  type Run,
  type ScheduleOptions,
  type Source,
  type SourceContext,
  type WriteTracker,
} from './controller/index.ts';
export * from './election/index.ts';
export * from './events/index.ts';
export * from './cluster/index.ts';
export * from './health/index.ts';
export * from './manager/index.ts';
export * from './webhook/index.ts';
export * from './rbac/index.ts';
export * from './migration/index.ts';
