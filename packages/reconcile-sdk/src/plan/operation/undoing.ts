import { toUndo } from './transitions.ts';
import { type OperationDefinition } from './definition.ts';
import { type Move, type OperationInput } from './move.ts';
import { hasEnded, type OperationRecord } from './record.ts';
import { stepContext } from './step-context.ts';
import { asked, attempted, defaultPollMs, isDue, stuckAfter, untilDue } from './timers.ts';

/** One look at an operation that is taken back: passes what is undone, and asks for the next undo when it is due. */
export function undoing<View>(
  definition: OperationDefinition<View>,
  from: OperationRecord,
  input: OperationInput<View>,
): Move<View> {
  const { now } = input;
  let record = from;
  while (!hasEnded(record)) {
    const step = definition.steps.find(({ name }) => name === record.step);
    const undo = step?.undo;
    const context = stepContext(input.uid, record, record.step ?? '', 'undo');
    const { answer, error } = undo ? asked(() => undo.done(input.view, context)) : { answer: true };
    // Its fence has to get there, unless nobody is there to take it.
    const isAsked = !undo?.act || record.asked === true || record.attempt >= stuckAfter;
    if (!step || !undo || (answer === true && isAsked)) {
      record = toUndo({ ...record, undo: record.undo.slice(0, -1) }, now);
      continue;
    }
    if (error !== undefined) record = { ...record, lastError: error };
    const waitMs = Math.min(step.pollMs ?? defaultPollMs, untilDue(record, now) ?? Infinity);
    // Not knowing is no reason to leave it: a revert can always be applied.
    if (!undo.act || !isDue(record, now)) return { record, waitMs };
    record = attempted(record);
    return { record, effect: { definition, step, direction: 'undo' } };
  }
  return { record };
}
