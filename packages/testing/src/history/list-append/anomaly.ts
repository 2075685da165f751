import { type AnomalyName, type Level } from './levels.ts';

/** One way in which a history breaks a promise. */
export interface Anomaly {
  name: AnomalyName;
  rulesOut: readonly Level[];
  /** Ids of the transactions concerned; of a cycle, in its order. */
  transactions: readonly number[];
  /** For people: what happened, step by step. */
  story: string;
}
