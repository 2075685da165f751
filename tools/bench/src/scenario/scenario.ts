import { type Contestant } from '../contestant/contestant.ts';
import { type Arena } from './arena.ts';

export type Measurement = {
  /** By the key of the figure (`../report/figures.ts`). */
  readonly figures: Readonly<Record<string, number>>;
  /** API calls of the operator by kind, for each object or change. */
  readonly calls?: Readonly<Record<string, number>>;
};

/** One thing that is measured. */
export type Scenario = {
  /** Its letter, as `--only` names it. */
  readonly key: string;
  readonly title: string;
  /** No more than so many, however many are asked for. */
  readonly mostRounds?: number;
  readonly measure: (arena: Arena, contestant: Contestant) => Promise<Measurement>;
};
