/**
 * What the API server has, kept at hand: informers list and watch kinds and never give up; their stores hold
 * frozen objects that everyone shares.
 */
export { deepFreeze } from './freeze.ts';
export { type IndexFunction, type Indexes } from './indexes.ts';
export { type Informer, type InformerObserver, type InformerStats, type Scope } from './informer.ts';
export {
  createInformerSet,
  type InformerHandle,
  type InformerRequest,
  type InformerSet,
  type InformerSetOptions,
} from './informer-set.ts';
export { type ChangeListener } from './listeners.ts';
export { type Problem, type ProblemKind } from './problem.ts';
export { createReflector } from './reflector.ts';
export {
  type Change,
  type Reflector,
  type ReflectorCounts,
  type ReflectorHealth,
  type ReflectorOptions,
  type RestartReason,
} from './reflector-options.ts';
export {
  initialReflectorState,
  nextReflectorState,
  waitMs,
  type FailureCause,
  type ReflectorOutcome,
  type ReflectorState,
  type WaitReason,
} from './reflector-machine.ts';
export { type Difference, type ReadStore, type Staged, type Store, type StoreOptions } from './store.ts';
export { createStreamingSupport, type StreamingSupport } from './streaming-support.ts';
