import { type StepContext } from './definition.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { type OperationRecord } from './record.ts';

/** What the step sees; the same before and after any crash. */
export function stepContext(
  uid: string,
  { id, params, results, asked }: Pick<OperationRecord, 'id' | 'params' | 'results' | 'asked'>,
  step: string,
  direction: 'act' | 'undo',
): StepContext {
  const keyFor = (purpose: string): string => idempotencyKey(uid, id, step, `${direction} ${purpose}`);
  return {
    operationId: id,
    params: params ?? {},
    idempotencyKey: idempotencyKey(uid, id, step, direction),
    effectKey: idempotencyKey(uid, id, step, 'act'),
    asked: asked === true,
    keyFor,
    result: results?.[step],
    results: results ?? {},
  };
}
