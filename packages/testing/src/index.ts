/**
 * What operators are tried with: an API server in this process, and checkers that read what clients saw.
 */
export * from './api-server/index.ts';
export * from './history/index.ts';
export * from './simulators/index.ts';
export * from './explorer/index.ts';
export * from './faults/index.ts';
export * from './simulation/index.ts';
