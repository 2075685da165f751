/**
 * What the API server has, kept at hand: a reflector lists and watches one kind and never gives up; its store
 * holds frozen objects that everyone shares.
 */
export { createReflector, type Reflector, type ReflectorHealth, type ReflectorOptions } from './reflector.ts';
export { createStore, type Change, type ReadStore, type Store } from './store.ts';
export { deepFreeze } from './freeze.ts';
export {
  initialReflectorState,
  nextReflectorState,
  type ReflectorOutcome,
  type ReflectorState,
} from './reflector-machine.ts';
