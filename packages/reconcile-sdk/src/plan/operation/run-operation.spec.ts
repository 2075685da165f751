import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '../../clock/index.ts';
import { OperatorError } from '../../errors/index.ts';
import { operation, type Act, type StepCall } from './definition.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { nextOperation } from './next-operation.ts';
import { runEffect, type EffectContext } from './run-operation.ts';

const signal = new AbortController().signal;
const clock = createManualClock();

function begin(act: Act<undefined>, more: Partial<EffectContext<undefined>> = {}) {
  const { status, effect } = nextOperation<undefined>(
    {},
    {
      uid: 'u',
      definitions: [operation({ kind: 'Move', steps: [{ name: 'one', done: () => false, act }] })],
      wanted: { kind: 'Move', params: { to: 'b' } },
      view: undefined,
      now: clock.now(),
      epoch: 3,
    },
  );
  return runEffect(status.operation!, effect!, {
    uid: 'u',
    view: undefined,
    signal,
    now: clock.now,
    ...more,
  });
}

describe('a request of an operation', () => {
  it('carries its fence, its attempt and keys that are the same after any crash', async () => {
    let call: StepCall | undefined;
    await begin((_, given) => {
      call = given;
      return Promise.resolve();
    });
    expect(call).toMatchObject({
      operationId: 'Move-1',
      params: { to: 'b' },
      fence: 1,
      attempt: 1,
      idempotencyKey: idempotencyKey('u', 'Move-1', 'one', 'act'),
      effectKey: idempotencyKey('u', 'Move-1', 'one', 'act'),
    });
    expect(call?.idempotencyKey).toMatch(/^[0-9a-f]{40}$/);
    expect(call?.keyFor('second')).not.toBe(call?.idempotencyKey);
  });

  it('keeps what was answered for later steps', async () => {
    const { record, ok } = await begin(() => Promise.resolve({ id: 'vol-1' }));
    expect(ok).toBe(true);
    expect(record).toMatchObject({ asked: true, results: { one: { id: 'vol-1' } } });
  });

  it('is given up when nobody answers, even if it does not listen', async () => {
    let heard: unknown;
    const asked = begin(
      (_, call) => {
        call.signal.addEventListener('abort', () => {
          heard = call.signal.reason;
        });
        return new Promise(() => undefined);
      },
      { setTimer: clock.setTimer },
    );
    await clock.advance(30_000);
    const { record, ok } = await asked;
    expect(ok).toBe(false);
    expect(record.lastError).toBe('no answer within 30 s');
    expect(heard).toMatchObject({ code: 'timeout' });
    expect(clock.pending()).toBe(0);
  });

  it('is not made by a process that may no longer act, and counts nothing when it stops', async () => {
    let made = 0;
    const fence = (): void => {
      throw new OperatorError('fenced', 'no longer the leader');
    };
    const count = () => Promise.resolve(void made++);
    await expect(begin(count, { fence })).rejects.toMatchObject({ code: 'fenced' });
    expect(made).toBe(0);
    const stop = new AbortController();
    const stopping = begin(
      () => {
        stop.abort();
        return Promise.reject(new Error('aborted'));
      },
      { signal: stop.signal },
    );
    await expect(stopping).rejects.toThrow('aborted');
  });
});
