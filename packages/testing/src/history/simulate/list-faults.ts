import { type MicroOp } from '../list-append/transaction.ts';
import { type Asked } from './interleave.ts';
import { type ListStage, type Steps } from './list-append.ts';

export const listFaults = [
  'lost-append',
  'stale-read',
  'split-brain',
  'dirty-read',
  'torn-transaction',
  'double-apply',
  'write-skew',
] as const;
export type ListFault = (typeof listFaults)[number];

type Transaction = Asked<'txn', Steps>;

export interface PlantedFault {
  /** The answer to this transaction, or undefined to leave it to the honest store. */
  apply(asked: Transaction, honest: (asked: Transaction) => Steps): Steps | undefined;
  onRefused?(asked: Transaction): void;
  end?(): void;
  planted(): string | undefined;
}

/** Plants the fault at the first occasion after that many transactions. */
export function plantListFault(fault: ListFault, stage: ListStage, after: number): PlantedFault {
  let seen = 0;
  let planted: string | undefined;
  const isDue = (): boolean => planted === undefined && seen > after;
  const act = occasions[fault](stage, isDue, (story) => (planted = story));
  return {
    ...act,
    apply: (asked, honest) => {
      seen++;
      return act.apply(asked, honest);
    },
    planted: () => planted,
  };
}

type Occasion = (
  stage: ListStage,
  isDue: () => boolean,
  plant: (story: string) => void,
) => Omit<PlantedFault, 'planted'>;

const appendsOf = (steps: Steps): Extract<MicroOp, readonly ['append', ...unknown[]]>[] =>
  steps.filter((step) => step[0] === 'append');
const copy = (lists: ListStage['lists']): ListStage['lists'] =>
  new Map([...lists].map(([key, list]) => [key, [...list]]));

const occasions: Record<ListFault, Occasion> = {
  'lost-append': ({ lists, run }, isDue, plant) => ({
    apply({ outcome, value }) {
      if (!isDue() || outcome !== 'ok' || appendsOf(value).length === 0) return undefined;
      plant(`${JSON.stringify(value)} was acknowledged and never done`);
      return run(copy(lists), value);
    },
  }),
  'stale-read': ({ lists, acknowledgedAt }, isDue, plant) => ({
    apply({ outcome, value, start }) {
      if (!isDue() || outcome !== 'ok' || appendsOf(value).length > 0) return undefined;
      const old = (element: number): boolean => (acknowledgedAt.get(element) ?? Infinity) < start;
      const key = value.map((step) => step[1]).find((one) => lists.get(one)!.some(old));
      if (key === undefined) return undefined;
      plant(`a read of ${key} missed what was acknowledged before`);
      return value.map(([, name]): MicroOp => {
        const list = lists.get(name)!;
        return ['r', name, name === key ? list.slice(0, list.findLastIndex(old)) : [...list]];
      });
    },
  }),
  'split-brain': ({ lists, run }, isDue, plant) => {
    let minority: ListStage['lists'] | undefined;
    let writes = 0;
    return {
      apply({ outcome, value, process }) {
        if (isDue()) minority ??= copy(lists);
        if (!minority || Number(process) % 2 === 0 || writes > 3) return undefined;
        if (outcome === 'ok' && appendsOf(value).length > 0) {
          writes++;
          plant('half of the clients wrote to a second primary, which then went away');
        }
        return run(minority, value);
      },
    };
  },
  'dirty-read': ({ lists, run }, isDue, plant) => {
    let dirty: Steps = [];
    const rollBack = (): void => {
      for (const [, key, element] of appendsOf(dirty)) {
        const list = lists.get(key)!;
        list.splice(list.indexOf(element), 1);
      }
      dirty = [];
    };
    return {
      onRefused({ value }) {
        if (!isDue() || dirty.length > 0) return;
        dirty = appendsOf(value);
        run(lists, dirty);
      },
      apply(asked, honest) {
        const isReader = asked.value.some(
          (step) => step[0] === 'r' && appendsOf(dirty).some(([, key]) => key === step[1]),
        );
        if (asked.outcome !== 'ok' || !isReader) return undefined;
        const answer = honest(asked);
        plant(`${JSON.stringify(dirty)} was read and then rolled back`);
        rollBack();
        return answer;
      },
      end: rollBack,
    };
  },
  'torn-transaction': ({ lists, run, random, scene }, isDue, plant) => ({
    apply({ outcome, value }) {
      const keys = [...new Set(appendsOf(value).map(([, key]) => key))];
      if (!isDue() || outcome !== 'ok' || keys.length < 2) return undefined;
      plant(`${JSON.stringify(value)} was done in two halves, with a reader between`);
      const answer = run(copy(lists), value);
      const half = (isFirst: boolean): Steps =>
        appendsOf(value).filter(([, key]) => (key === keys[0]) === isFirst);
      run(lists, half(true));
      const reads = keys.map((key): MicroOp => ['r', key, null]);
      scene.write('observer', 'invoke', 'txn', reads);
      scene.write('observer', 'ok', 'txn', run(lists, reads));
      if (random.next() < 0.5) scene.later(() => run(lists, half(false)));
      return answer;
    },
  }),
  'double-apply': ({ lists, run, scene, random }, isDue, plant) => ({
    apply(asked, honest) {
      const appends = appendsOf(asked.value);
      if (!isDue() || asked.outcome !== 'ok' || appends.length === 0) return undefined;
      plant(`${JSON.stringify(appends)} was done again by a retry`);
      const again = (): void => void run(lists, appends);
      const answer = honest(asked);
      if (random.next() < 0.5) again();
      else scene.later(again);
      return answer;
    },
  }),
  'write-skew': ({ lists, run, scene, fresh }, isDue, plant) => ({
    apply() {
      const [left, right] = [...lists.keys()];
      if (!isDue() || left === undefined || right === undefined) return undefined;
      plant(`two transactions each missed the other's append, to ${left} and ${right}`);
      const one: Steps = [
        ['r', left, null],
        ['append', right, fresh()],
      ];
      const other: Steps = [
        ['r', right, null],
        ['append', left, fresh()],
      ];
      scene.write('skew-1', 'invoke', 'txn', one);
      scene.write('skew-2', 'invoke', 'txn', other);
      const answers = [one, other].map((steps) => run(copy(lists), steps));
      for (const steps of [one, other]) run(lists, appendsOf(steps));
      scene.write('skew-1', 'ok', 'txn', answers[0]!);
      scene.write('skew-2', 'ok', 'txn', answers[1]!);
      return undefined;
    },
  }),
};
