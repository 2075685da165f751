/**
 * History checkers: what clients asked and were told, held against what a store promises. Record a history, or
 * simulate one, and check it; everything but the recorder is pure.
 */
export { formatEvents, parseEvents, type EventType, type HistoryEvent } from './event.ts';
export { toOperations, type Operation } from './operation.ts';
export { createRecorder, type Recorder, type Recording } from './recorder.ts';
export { checkLinearizable, type Interval, type LinearizabilityVerdict, type Model } from './linearizable.ts';
export * from './list-append/index.ts';
export * from './register/index.ts';
export * from './unique-set/index.ts';
export * from './simulate/index.ts';
