/** Events for people (`kubectl describe`, `kubectl events`): repeated ones are counted, not multiplied. */
export { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export { type EventInput, type EventSource } from './event-object.ts';
export { type RateLimit } from './token-bucket.ts';
