/**
 * Calls `reconcile(key)` for every key that something asked for: one at a time per key, several keys at once,
 * with a deadline, back-off by the class of the error, and read-your-own-writes.
 */
export {
  createController,
  type Controller,
  type ControllerOptions,
  type ReconcileContext,
  type ReconcileResult,
} from './controller.ts';
export { createWriteBarrier, type WriteBarrier, type WriteBarrierOptions } from './write-barrier.ts';
