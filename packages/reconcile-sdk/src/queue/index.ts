/** Which key to work on next. Only keys wait, never events, so nothing depends on having seen one (R4). */
export {
  createWorkQueue,
  priorities,
  type AddOptions,
  type KeyState,
  type QueueSize,
  type WorkItem,
  type WorkQueue,
  type WorkQueueOptions,
} from './work-queue.ts';
export { type Cause } from './cause.ts';
