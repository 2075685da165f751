import { type FaultPlan, type Strike } from '../faults/index.ts';
import { type ExploreOptions, type Strikes } from './explore.ts';

/** How often each thing may happen in one life, at most. */
export type Bounds = Readonly<Partial<Record<Strike['do'], number>>>;

const usual: Bounds = { 'crash-after': 2, 'lose-answer': 1, 'stale-restart': 1, 'next-step': 2 };
const backs = 12;

/**
 * A search through the states of a small world: what stands, and what the caches of the next process begin with. At
 * each point a process may die, its answer may get lost, its successor may begin with any older state, and people may
 * do their next step, each as often as the bounds allow. Two ways to the same state are one.
 */
export function stateSearch(bounds: Bounds = usual): Pick<ExploreOptions, 'strikes' | 'depth' | 'allows'> {
  const strikes: Strikes = () => [
    { do: 'crash-after' },
    { do: 'lose-answer' },
    { do: 'next-step' },
    ...Array.from({ length: backs }, (_, index): Strike => ({
      do: 'stale-restart',
      back: index + 1,
      forMs: 20_000,
    })),
  ];
  const allows = (faults: FaultPlan): boolean =>
    faults.every(({ do: kind }) => faults.filter((fault) => fault.do === kind).length <= (bounds[kind] ?? 0));
  return { strikes, allows, depth: Object.values(bounds).reduce((sum, bound) => sum + bound, 0) };
}
