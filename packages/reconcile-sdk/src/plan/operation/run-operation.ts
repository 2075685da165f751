import { type Clock } from '../../clock/index.ts';
import { OperatorError, isFenced } from '../../errors/index.ts';
import { traced } from '../../tracing/index.ts';
import { afterEffect, type EffectOutcome } from './after-effect.ts';
import { type StepCall } from './definition.ts';
import { type OperationEffect } from './move.ts';
import { type OperationRecord } from './record.ts';
import { stepContext } from './step-context.ts';

export interface EffectContext<View> {
  readonly uid: string;
  readonly view: View;
  readonly signal: AbortSignal;
  /** The process is told to stop: only a step that drains may go on. */
  readonly stopping?: AbortSignal;
  /** Wall clock, after the request. */
  now(): number;
  /** Absent: a request is waited for until the signal aborts. */
  readonly setTimer?: Clock['setTimer'];
  fence?(): void;
}

const defaultTimeoutMs = 30_000;

/**
 * Makes the one request of a move whose record is stored, and says what the record becomes. Throws when this
 * process may no longer write or is stopping: the next leader finds the intent.
 */
export async function runEffect<View>(
  record: OperationRecord,
  effect: OperationEffect<View>,
  context: EffectContext<View>,
): Promise<{ record: OperationRecord; ok: boolean }> {
  const { step, direction } = effect;
  const act = direction === 'act' ? step.act : step.undo?.act;
  context.fence?.();
  const { stopping } = context;
  let outcome: EffectOutcome;
  try {
    const result = await withLimit(step.timeoutMs ?? defaultTimeoutMs, context, (signal) => {
      const call: StepCall = {
        ...stepContext(context.uid, record, step.name, direction),
        fence: record.fence,
        attempt: record.attempt,
        signal: stopping && !step.drains ? AbortSignal.any([signal, stopping]) : signal,
        stopping: stopping ?? new AbortController().signal,
      };
      return traced(
        'operation step',
        { 'operation.kind': record.kind, 'operation.step': step.name, 'operation.direction': direction },
        async () => act?.(context.view, call),
      );
    });
    outcome = { ok: true, ...(result === undefined ? {} : { result }) };
  } catch (error) {
    if (isFenced(error) || context.signal.aborted || stopping?.aborted) throw error;
    outcome = { ok: false, error };
  }
  return { record: afterEffect(record, effect, outcome, context.now()), ok: outcome.ok };
}

/** Nobody waits for a request for ever, even for one that does not listen to its signal. */
async function withLimit<T>(
  ms: number,
  { signal, setTimer }: Pick<EffectContext<unknown>, 'signal' | 'setTimer'>,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!setTimer) return run(signal);
  const limit = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimer(ms, () => {
    const error = new OperatorError('timeout', `no answer within ${ms / 1000} s`);
    limit.abort(error);
    reject(error);
  });
  try {
    return await Promise.race([run(AbortSignal.any([signal, limit.signal])), late]);
  } finally {
    timer.cancel();
  }
}
