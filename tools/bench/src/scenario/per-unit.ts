import { type ApiCalls } from '../measure/api-calls.ts';

/** Calls for each object or change. */
export const perUnit = (calls: ApiCalls, units: number): Record<string, number> =>
  Object.fromEntries([...calls].map(([call, count]) => [call, count / units]));
