import { type KubeClient } from '../client/index.ts';
import { createClientPort } from './client-port.ts';
import { createContest, type ContestOptions, type LeaseDriver } from './contest.ts';

/** Fights for the Lease on the main event loop, so a busy loop loses it. Works with a manual clock. */
export const createLocalDriver = (
  options: Omit<ContestOptions, 'port' | 'mainLoop'> & { client: KubeClient },
): LeaseDriver =>
  createContest({
    ...options,
    port: createClientPort(options.client, options.lease),
    mainLoop: () => 'responsive',
  });
