/** Which key to work on next. Only keys wait, never events, so nothing depends on having seen one (R4). */
export { createWorkQueue, type WorkItem, type WorkQueue } from './work-queue.ts';
