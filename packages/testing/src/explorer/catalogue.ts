import { type Strike } from '../faults/index.ts';
import { crashes, type ExploreOptions, type Strikes } from './explore.ts';
import { type Scenario, type SystemUnderTest } from './system.ts';

/** What people do to one kind, by what it tries. */
export interface Lives {
  /** Made, changed, perhaps moved by a long operation, deleted. */
  readonly life: Scenario;
  /** Deleted, and made again under the same name. */
  readonly recreation: Scenario;
  /** An optional part is taken away and brought back. */
  readonly toggle: Scenario;
}

/** One of the shared scenarios of every operator: what to explore, and what it shows. */
export type CatalogueEntry = Omit<ExploreOptions, 'onProgress'> & {
  readonly id: string;
  readonly title: string;
};

/** How long a process may look at an older state before its caches catch up. */
const behindMs = 20_000;
const backs = [1, 2, 3, 5, 8, 13, 21, 34];

/** The next process begins with caches of some changes ago. */
export const staleRestarts: Strikes = () =>
  backs.map((back): Strike => ({ do: 'stale-restart', back, forMs: behindMs }));

const lostAnswers: Strikes = () => [{ do: 'lose-answer' }];
const troubles: Strikes = () => [
  { do: 'lose-request' },
  { do: 'refuse', status: 409 },
  { do: 'refuse', status: 500 },
  { do: 'refuse', status: 503 },
  { do: 'refuse', status: 429, retryAfterS: 10 },
];
const otherProcesses: Strikes = () => [
  { do: 'second-leader', forMs: 30_000 },
  { do: 'pause', forMs: 30_000 },
  { do: 'clock-step', byMs: 300_000 },
  { do: 'clock-step', byMs: -7_200_000 },
];
const brokenWatches: Strikes = () => [
  { do: 'freeze', kind: '*', forMs: 30_000, then: 'resume' },
  { do: 'freeze', kind: '*', forMs: 30_000, then: 'gone' },
  { do: 'miss', kind: '*', forMs: 30_000 },
  { do: 'repeat', kind: '*' },
];

/** Scenarios S-01 to S-06 as far as they are explorations; each kind is held to all of them. */
export function catalogue(
  system: SystemUnderTest,
  { life, recreation, toggle }: Lives,
  common: Partial<ExploreOptions> = {},
): CatalogueEntry[] {
  const entry = (
    id: string,
    title: string,
    scenario: Scenario,
    strikes: Strikes,
    depth = 1,
  ): CatalogueEntry => ({ ...common, id, title, system, scenario, strikes, depth });
  return [
    entry('S-01', 'survives a crash before and after each write, and every pair of them', life, crashes, 2),
    entry('S-02', 'destroys nothing of a namesake when it starts with old caches', recreation, staleRestarts),
    entry('S-03', 'takes nothing away twice when it starts with old caches', toggle, staleRestarts),
    entry('S-05', 'is not led astray by watches that are silent, lose or repeat', life, brokenWatches),
    entry('S-06', 'finds what it made when the answer was lost, once and twice', toggle, lostAnswers, 2),
    entry('S-07', 'gets over refusals and lost requests', life, troubles),
    entry('S-09', 'bears a second process, a pause and a wrong clock', life, otherProcesses),
  ];
}
