import { atStep, ended, planned, turnedBack } from './transitions.ts';
import { type OperationDefinition } from './definition.ts';
import { type Move, type OperationInput } from './move.ts';
import { type OperationRecord } from './record.ts';
import { stepContext } from './step-context.ts';
import { asked, attempted, failureOf, isDue, waitOf, withProgress, withUndo } from './timers.ts';
import { undoing } from './undoing.ts';

/** Whether a step has begun after which there is no way back. */
export function isPastReturn<View>(
  { steps }: OperationDefinition<View>,
  { step, undo }: Pick<OperationRecord, 'step' | 'undo'>,
): boolean {
  const current = steps.findIndex(({ name }) => name === step);
  return steps.some(
    ({ name, pointOfNoReturn }, index) => pointOfNoReturn && (index < current || undo.includes(name)),
  );
}

/** One look at an operation that goes forward: passes what is done, and asks for the next step when it is due. */
export function running<View>(
  definition: OperationDefinition<View>,
  from: OperationRecord,
  input: OperationInput<View>,
): Move<View> {
  const { now } = input;
  const { steps } = definition;
  let record = from;
  for (let index = steps.findIndex(({ name }) => name === record.step); index < steps.length; index++) {
    const step = steps[index]!;
    if (step.name !== record.step) {
      record = atStep(record, step.name, planned(steps.slice(index + 1)), now);
    }
    const context = stepContext(input.uid, record, step.name, 'act');
    const { answer, error } = asked(() => step.done(input.view, context));
    if (answer === true) continue;
    if (error !== undefined) record = { ...record, lastError: error };
    record = withProgress(record, step, context, input);
    const failure = failureOf(definition, step, record, now);
    if (failure && !isPastReturn(definition, record)) {
      return undoing(definition, turnedBack(record, failure.reason, failure.message, now), input);
    }
    if (failure) record = { ...record, stuck: `${failure.message}; there is no way back after that step` };
    const waitMs = waitOf(step, record, now);
    if (!step.act) return { record: withUndo(record, step), waitMs };
    if (answer === 'unknown' || !isDue(record, now)) return { record, waitMs };
    record = attempted(withUndo(record, step));
    return { record, effect: { definition, step, direction: 'act' } };
  }
  return { record: ended(record, 'Succeeded', now) };
}
