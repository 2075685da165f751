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
