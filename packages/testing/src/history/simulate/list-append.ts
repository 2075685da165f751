import { type ListAppendEvent, type MicroOp } from '../list-append/transaction.ts';
import { createScene, type Asked, type Chance, type Scene } from './interleave.ts';
import { plantListFault, type ListFault } from './list-faults.ts';

export type Steps = readonly MicroOp[];
export type Lists = Map<string, number[]>;

export interface ListAppendSimulation {
  random: Chance;
  transactions?: number;
  processes?: number;
  keys?: number;
  /** Most steps of one transaction. */
  steps?: number;
  failRate?: number;
  unknownRate?: number;
  fault?: ListFault;
}

export interface SimulatedHistory<E> {
  events: E[];
  /** What went wrong on purpose; undefined when nothing was asked for or no occasion came. */
  planted?: string;
}

/** What a planted fault may do to the store. */
export interface ListStage {
  scene: Scene<'txn', Steps>;
  lists: Lists;
  random: Chance;
  /** An element that nobody else appends. */
  fresh(): number;
  acknowledgedAt: ReadonlyMap<number, number>;
  run(lists: Lists, steps: Steps): Steps;
}

/**
 * A history of a strictly serializable store of lists, each transaction done at one instant between question and
 * answer, with or without one fault. It ends with a read of all keys.
 */
export function simulateListAppend(options: ListAppendSimulation): SimulatedHistory<ListAppendEvent> {
  const { random, transactions = 200, processes = 5, keys = 3, steps = 4 } = options;
  const scene = createScene<'txn', Steps>();
  const acknowledgedAt = new Map<number, number>();
  const names = Array.from({ length: keys }, (_, index) => `k${index}`);
  const pick = (below: number): number => Math.floor(random.next() * below);
  let element = 0;
  const stage: ListStage = {
    scene,
    random,
    lists: new Map(names.map((name) => [name, []])),
    fresh: () => ++element,
    acknowledgedAt,
    run: runSteps,
  };
  const fault = options.fault ? plantListFault(options.fault, stage, pick(transactions / 2)) : undefined;
  const honest = ({ value }: Asked<'txn', Steps>): Steps => runSteps(stage.lists, value);
  scene.interleave({
    ...options,
    processes,
    operations: transactions,
    ask: () => ({
      f: 'txn',
      value: Array.from({ length: 1 + pick(steps) }, (): MicroOp => {
        const key = names[pick(keys)]!;
        return pick(2) === 0 ? ['append', key, ++element] : ['r', key, null];
      }),
    }),
    apply: (asked) => fault?.apply(asked, honest) ?? honest(asked),
    onRefused: (asked) => fault?.onRefused?.(asked),
    onAcknowledged: ({ value }, time) => {
      for (const step of value) if (step[0] === 'append') acknowledgedAt.set(step[2], time);
    },
  });
  scene.settle();
  fault?.end?.();
  const all = names.map((name): MicroOp => ['r', name, null]);
  scene.write('final', 'invoke', 'txn', all);
  scene.write('final', 'ok', 'txn', runSteps(stage.lists, all));
  const planted = fault?.planted();
  return { events: scene.events, ...(planted === undefined ? {} : { planted }) };
}

function runSteps(lists: Lists, steps: Steps): Steps {
  return steps.map((step): MicroOp => {
    const list = lists.get(step[1])!;
    if (step[0] === 'r') return ['r', step[1], [...list]];
    list.push(step[2]);
    return step;
  });
}
