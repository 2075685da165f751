/** Events for people (`kubectl describe`, `kubectl events`): repeated ones are counted, not multiplied. */
export {
  createEventRecorder,
  type EventInput,
  type EventRecorder,
  type EventRecorderOptions,
} from './event-recorder.ts';
