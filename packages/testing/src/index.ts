/**
 * What operators are tried with: an API server in this process, and checkers that read what clients saw.
 */
export * from './api-server/index.ts';
export * from './history/index.ts';
