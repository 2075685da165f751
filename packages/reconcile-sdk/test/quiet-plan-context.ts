import { type ReconcileInput } from '../src/plan/index.ts';
import { createLogger } from '../src/logging/index.ts';

/** What a plan needs beside a client, where a test looks at none of it. */
export const quietPlanContext = (): Omit<ReconcileInput, 'client' | 'now'> => ({
  store: () => {
    throw new Error('nothing is cached');
  },
  events: { record: () => undefined, flush: () => Promise.resolve() },
  metrics: {
    writeMade: () => undefined,
    writeSkipped: () => undefined,
    writeChangedNothing: () => undefined,
  },
  log: createLogger({ name: 'test', destination: { write: () => undefined } }),
  signal: new AbortController().signal,
});
