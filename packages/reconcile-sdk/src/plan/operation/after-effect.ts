import { describeError, retryClassOf } from '../../errors/index.ts';
import { timeText, turnedBack } from './transitions.ts';
import { type OperationEffect } from './move.ts';
import { isPastReturn } from './running.ts';
import { stuckAfter } from './timers.ts';
import { type Json, type OperationRecord } from './record.ts';

/** What became of one request. */
export type EffectOutcome =
  { readonly ok: true; readonly result?: Json } | { readonly ok: false; readonly error: unknown };

const baseMs = 1_000;
const maxMs = 5 * 60_000;
const defaultRepeatMs = 60_000;

/**
 * What an answer makes of the record. Losing this is harmless: the step is then asked for once more, under the same
 * key. Pure.
 */
export function afterEffect<View>(
  record: OperationRecord,
  { definition, step, direction }: OperationEffect<View>,
  outcome: EffectOutcome,
  now: number,
): OperationRecord {
  if (outcome.ok) {
    const { lastError: _past, stuck: _stuck, ...rest } = record;
    return {
      ...rest,
      asked: true,
      nextAttemptAt: timeText(now + (step.repeatMs ?? defaultRepeatMs)),
      ...(direction === 'act' && outcome.result !== undefined
        ? { results: { ...record.results, [step.name]: outcome.result } }
        : {}),
    };
  }
  const message = describeError(outcome.error).slice(0, 1_000);
  const isHopeless = retryClassOf(outcome.error) === 'terminal';
  if (isHopeless && direction === 'act' && !isPastReturn(definition, record)) {
    return turnedBack(record, 'StepFailed', `step ${step.name}: ${message}`, now);
  }
  const wait = Math.min(maxMs, baseMs * 2 ** Math.min(record.attempt - 1, 20));
  return {
    ...record,
    lastError: message,
    nextAttemptAt: timeText(now + wait),
    ...(record.attempt >= stuckAfter || isHopeless
      ? {
          stuck: `${direction === 'undo' ? 'undoing ' : ''}step ${step.name} has failed ${record.attempt} times: ${message}`,
        }
      : {}),
  };
}
