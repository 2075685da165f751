import { checkLinearizable, type Interval } from '../linearizable.ts';
import { toOperations } from '../operation.ts';
import { registerModel, type Content, type RegisterEvent, type RegisterOperation } from './register.ts';
import { impossibleStory, shortestImpossible } from './story.ts';
import { findOverlap } from './zones.ts';

export interface RegisterOptions {
  /** Content of every register before the history; default null. */
  initial?: Content;
  /** Steps tried for each key before the answer is `unknown`; default two million, some seconds. */
  budget?: number;
  /** How far the clocks that stamped the events may be apart; default 0, for one recorder. */
  slackMs?: number;
}

export interface RegisterVerdict {
  /** `unknown` when some key used up its budget and no key is impossible. It is not a pass. */
  verdict: 'linearizable' | 'impossible' | 'unknown';
  keys: ReadonlyMap<string, { verdict: RegisterVerdict['verdict']; operations: number; steps: number }>;
  /** For people: of each impossible key, the shortest part of its history that cannot be explained. */
  report: string;
}

/** Checks registers with compare-and-set for linearizability, each key on its own. */
export function checkRegister(
  events: readonly RegisterEvent[],
  { initial = null, budget = 2_000_000, slackMs = 0 }: RegisterOptions = {},
): RegisterVerdict {
  const model = registerModel(initial);
  const keys = new Map<string, { verdict: RegisterVerdict['verdict']; operations: number; steps: number }>();
  const stories: string[] = [];
  const byKey = Map.groupBy(toOperations(events), ({ asked }) => asked.key);
  for (const [key, operations] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const intervals = withoutIdle(operations).map((operation) => intervalOf(operation, slackMs));
    const overlap = findOverlap(intervals, initial);
    const { verdict, steps } =
      overlap === undefined
        ? checkLinearizable(model, intervals, budget)
        : { verdict: 'impossible' as const, steps: 0 };
    keys.set(key, { verdict, steps, operations: operations.length });
    if (overlap !== undefined) {
      stories.push(`${key}: ${overlap}`);
    } else if (verdict === 'impossible') {
      stories.push(impossibleStory(key, model, shortestImpossible(model, intervals, budget), budget));
    }
    if (verdict === 'unknown') {
      stories.push(`${key}: no answer after ${steps} steps for ${operations.length} operations; NOT a pass`);
    }
  }
  const verdicts = [...keys.values()].map((one) => one.verdict);
  const verdict = verdicts.find((one) => one === 'impossible') ?? verdicts.find((one) => one === 'unknown');
  const total = [...keys.values()].reduce((sum, { operations }) => sum + operations, 0);
  return {
    verdict: verdict ?? 'linearizable',
    keys,
    report: [`${verdict ?? 'linearizable'}: ${total} operations on ${keys.size} keys`, ...stories].join('\n'),
  };
}

/** Leaves out what says nothing: what did not happen, and reads without an answer. */
function withoutIdle(operations: readonly RegisterOperation[]): RegisterOperation[] {
  const said = operations.filter(
    ({ outcome, f }) => outcome !== 'fail' && (outcome === 'ok' || f !== 'read'),
  );
  // A write in doubt whose content nobody ever met need not have happened, unless somebody met "something else".
  if (said.some(({ answered }) => answered?.applied === false)) return said;
  const met = new Set<Content | undefined>();
  for (const { f, asked, answered } of said) met.add(f === 'read' ? answered?.value : asked.from);
  return said.filter(
    ({ outcome, f, asked }) => outcome === 'ok' || met.has(f === 'write' ? asked.value : asked.to),
  );
}

function intervalOf(operation: RegisterOperation, slackMs: number): Interval<RegisterOperation> {
  const { start, end, outcome } = operation;
  return { operation, start, end: end + slackMs, isOptional: outcome === 'unknown' };
}
