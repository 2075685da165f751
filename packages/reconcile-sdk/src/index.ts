/**
 * reconcile-sdk: the runtime of every operator here. One folder per noun; each index says what it is for.
 */
export * from './clock/index.ts';
export * from './errors/index.ts';
export * from './client/index.ts';
export * from './cache/index.ts';
export * from './logging/index.ts';
export * from './status/index.ts';
export * from './plan/index.ts';
export * from './queue/index.ts';
export * from './metrics/index.ts';
export * from './controller/index.ts';
export * from './election/index.ts';
export * from './events/index.ts';
export * from './health/index.ts';
export * from './manager/index.ts';
