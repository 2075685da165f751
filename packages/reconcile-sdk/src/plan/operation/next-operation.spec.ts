import { describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../errors/index.ts';
import { type Answer } from '../answer.ts';
import { afterEffect } from './after-effect.ts';
import { operationConditions } from './conditions.ts';
import { operation, type OperationDefinition } from './definition.ts';
import { type OperationInput } from './move.ts';
import { nextOperation, type OperationDecision } from './next-operation.ts';
import { historyLimit, type OperationStatus } from './record.ts';

type View = Partial<Record<string, Answer>>;
const act = () => Promise.resolve(undefined);
const start = Date.UTC(2030, 0, 1);
const stepOf = (name: string) => ({
  name,
  done: (view: View): Answer => view[name] ?? false,
  act,
  undo: { done: (view: View): Answer => view[name] === false || view[name] === undefined, act },
});
const upgrade: OperationDefinition<View> = operation({
  kind: 'Upgrade',
  deadlineMs: 600_000,
  steps: [
    { ...stepOf('copy'), deadlineMs: 60_000 },
    { ...stepOf('switch'), pointOfNoReturn: true },
    stepOf('clean'),
  ],
});
const backup: OperationDefinition<View> = operation({ kind: 'Backup', steps: [stepOf('dump')] });

/** One object whose operation is moved by looks; requests are answered as told. */
function subject(definitions: readonly OperationDefinition<View>[] = [upgrade, backup]) {
  let status: OperationStatus = {};
  let now = start;
  return {
    at: (ms: number) => (now = start + ms),
    status: () => status,
    look(
      wanted: OperationInput<View>['wanted'],
      view: View = {},
      more: Partial<OperationInput<View>> = {},
      answer?: unknown,
    ): OperationDecision<View> {
      const decision = nextOperation(status, {
        uid: 'u',
        definitions,
        wanted,
        view,
        now,
        epoch: 0,
        ...more,
      });
      status = decision.status;
      if (decision.effect && status.operation) {
        const outcome =
          answer === undefined ? ({ ok: true } as const) : ({ ok: false, error: answer } as const);
        status = { ...status, operation: afterEffect(status.operation, decision.effect, outcome, now) };
      }
      return decision;
    },
    conditions: (decision: OperationDecision<View>) =>
      Object.fromEntries(
        operationConditions(decision.report).map(({ type, status: is, message }) => [
          type,
          `${is}: ${message}`,
        ]),
      ),
  };
}
const wanted = { kind: 'Upgrade', params: { to: 17 } };

describe('an operation', () => {
  it('counts its attempt and lists its undo before the request is made', () => {
    const { look } = subject();
    const { status, effect } = look(wanted);
    expect(effect).toMatchObject({ direction: 'act', step: { name: 'copy' } });
    expect(status.operation).toMatchObject({
      id: 'Upgrade-1',
      phase: 'Running',
      step: 'copy',
      attempt: 1,
      fence: 1,
      undo: ['copy'],
      plannedSteps: [{ name: 'switch', pointOfNoReturn: true }, { name: 'clean' }],
    });
  });

  it('shows what comes next, and where the way back ends, before it is passed', () => {
    const { look, conditions } = subject();
    expect(conditions(look(wanted)).Progressing).toBe(
      'True: Upgrade-1: copy; next: switch (no way back after it), clean',
    );
  });

  it('asks once, waits for the effect, and asks again after a while', () => {
    const { look, at } = subject();
    const dump = { kind: 'Backup' };
    look(dump);
    expect(look(dump)).toMatchObject({ lookAgainMs: 5_000 });
    at(59_999);
    const waiting = look(dump);
    expect(waiting.effect).toBeUndefined();
    expect(waiting.lookAgainMs).toBe(1);
    at(60_000);
    expect(look(dump)).toMatchObject({ effect: { direction: 'act' }, status: { operation: { attempt: 2 } } });
  });

  it('passes steps that are done already without listing them for undo', () => {
    const { look } = subject();
    expect(look(wanted, { copy: true }).status.operation).toMatchObject({ step: 'switch', undo: ['switch'] });
    expect(look(wanted, { copy: true, switch: true, clean: true }).status.operation?.phase).toBe('Succeeded');
  });

  it('is held by Unknown, but its deadlines are not', () => {
    const { look, at } = subject();
    look(wanted);
    at(30_000);
    expect(look(wanted, { copy: 'unknown' }).status.operation?.phase).toBe('Running');
    at(60_000);
    const late = look(wanted, { copy: 'unknown' });
    expect(late.status.operation).toMatchObject({
      phase: 'Undoing',
      reason: 'StepDeadlineExceeded',
      fence: 2,
    });
    expect(late.effect?.direction).toBe('undo');
  });

  it('is undone when it is wanted no longer, and stands in the history then', () => {
    const { look, status } = subject();
    look(wanted);
    expect(look(undefined, { copy: true }).status.operation).toMatchObject({
      phase: 'Undoing',
      reason: 'Withdrawn',
    });
    expect(look(undefined, { copy: false }).status.operation?.phase).toBe('Cancelled');
    look(undefined);
    expect(status()).toMatchObject({
      operation: undefined,
      operationHistory: [{ id: 'Upgrade-1', phase: 'Cancelled', reason: 'Withdrawn' }],
    });
  });

  it('asks for an undo even if nothing is there, so that its fence gets there', () => {
    const { look } = subject();
    look(wanted, {}, {}, new Error('no answer'));
    expect(look(undefined, {}).effect?.direction).toBe('undo');
  });

  it('gives up on an undo that nobody takes, once nothing is there', () => {
    const { look, at } = subject();
    look(wanted, {}, {}, new Error('no answer'));
    const phases: (string | undefined)[] = [];
    for (let minute = 1; minute < 6; minute++) {
      at(minute * 60_000 * 10);
      phases.push(look(undefined, {}, {}, new Error('nobody there')).status.operation?.phase);
    }
    expect(phases).toEqual(['Undoing', 'Undoing', 'Undoing', 'Cancelled', undefined]);
  });

  it('cannot be taken back once it has passed the point of no return, and says so', () => {
    const { look, conditions } = subject();
    look(wanted);
    look(wanted, { copy: true });
    const decision = look(undefined, { copy: true });
    expect(decision.status.operation?.phase).toBe('Running');
    expect(conditions(decision).Progressing).toContain('it cannot be taken back any more');
  });

  it('goes on past its deadline after the point of no return, and says that it is stuck', () => {
    const { look, at, conditions } = subject();
    look(wanted, { copy: true }, {}, new Error('no'));
    at(700_000);
    const decision = look(wanted, { copy: true });
    expect(decision.effect?.step.name).toBe('switch');
    expect(conditions(decision).Stuck).toMatch(/^True: .*not done within 600 s/);
  });

  it('turns back when a request is refused for good', () => {
    const { look, status } = subject();
    look(wanted, {}, {}, new OperatorError('invalid', 'no such version'));
    expect(status().operation).toMatchObject({
      phase: 'Undoing',
      reason: 'StepFailed',
      message: 'step copy: no such version',
    });
  });

  it('backs off between attempts, with a cap, and says when an undo does not get on', () => {
    const { look, at, status } = subject();
    look(wanted);
    const waits: number[] = [];
    let time = 0;
    for (let attempt = 1; attempt <= 12; attempt++) {
      at(time);
      look(undefined, { copy: true }, {}, new Error('broken'));
      const due = Date.parse(status().operation?.nextAttemptAt ?? '');
      waits.push((due - start - time) / 1000);
      time = due - start;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(status().operation?.stuck).toBe('undoing step copy has failed 12 times: broken');
  });

  it('is not begun again for the same wish, until somebody asks or something else is wanted', () => {
    const { look, at } = subject();
    look(wanted);
    at(60_000);
    look(wanted);
    expect(look(wanted).status.operation).toMatchObject({ phase: 'Failed', reason: 'StepDeadlineExceeded' });
    expect(look(wanted).effect).toBeUndefined();
    expect(look(wanted, {}, { retry: 'Upgrade-1' }).status.operation?.id).toBe('Upgrade-3');
  });

  it('keeps another kind waiting, and cancels for another wish of its own kind', () => {
    const { look, conditions } = subject();
    look(wanted);
    const other = look({ kind: 'Backup' });
    expect(other.status.operation).toMatchObject({ id: 'Upgrade-1', phase: 'Running' });
    expect(conditions(other).Progressing).toContain('operation Backup waits until it has ended');
    const next = { kind: 'Upgrade', params: { to: 18 } };
    expect(look(next).status.operation).toMatchObject({ phase: 'Undoing', reason: 'Withdrawn' });
    look(next);
    expect(look(next).status.operation).toMatchObject({ id: 'Upgrade-3', params: { to: 18 } });
  });

  it('is cancelled on request by its id only', () => {
    const { look } = subject();
    look(wanted);
    expect(look(wanted, {}, { cancel: 'Upgrade-7' }).status.operation?.phase).toBe('Running');
    look(wanted, {}, { cancel: 'Upgrade-1' });
    expect(look(wanted).status.operation).toMatchObject({ phase: 'Cancelled', reason: 'CancelRequested' });
    expect(look(wanted).effect).toBeUndefined();
  });

  it('stands still while it is held, its deadlines too', () => {
    const { look, at } = subject();
    look(wanted);
    at(10_000);
    expect(look('hold').status.operation).toMatchObject({ phase: 'Paused', paused: { phase: 'Running' } });
    at(500_000);
    expect(look('hold').effect).toBeUndefined();
    expect(look(wanted).status.operation).toMatchObject({
      phase: 'Running',
      stepStartedAt: '2030-01-01T00:08:10.000Z',
      deadline: '2030-01-01T00:18:10.000Z',
    });
  });

  it('turns back when it does not get on', () => {
    const still = operation<View & { bytes?: number }>({
      kind: 'Copy',
      steps: [{ ...stepOf('copy'), noProgressMs: 10_000, progress: ({ bytes }) => bytes }],
    });
    const { look, at } = subject([still]);
    const copy = { kind: 'Copy' };
    const bytes = (count: number): View => ({ bytes: count }) as unknown as View;
    for (let second = 0; second < 30; second += 3) {
      at(second * 1_000);
      expect(look(copy, bytes(second)).status.operation?.phase).toBe('Running');
    }
    at(41_000);
    expect(look(copy, bytes(27)).status.operation).toMatchObject({ phase: 'Undoing', reason: 'NoProgress' });
  });

  it('raises its fence when another leader takes it over, and for each new one', () => {
    const { look } = subject();
    look(wanted);
    expect(look(wanted, {}, { epoch: 4 }).status.operation).toMatchObject({ fence: 2, epoch: 4 });
    look(undefined, {}, { epoch: 4 });
    look(undefined, {}, { epoch: 4 });
    expect(look({ kind: 'Backup' }, {}, { epoch: 4 }).status.operation).toMatchObject({
      id: 'Backup-4',
      fence: 4,
    });
  });

  it('leaves a record that it does not know to a version that does, and says so', () => {
    const { look } = subject([backup]);
    const known = subject();
    known.look(wanted);
    const decision = nextOperation(known.status(), {
      uid: 'u',
      definitions: [backup],
      wanted: undefined,
      view: {},
      now: start,
      epoch: 0,
    });
    expect(decision.effect).toBeUndefined();
    expect(decision.status).toEqual(known.status());
    expect(known.conditions(decision).Stuck).toContain('does not know operations of kind Upgrade');
    expect(() => look(wanted)).toThrow('not defined');
  });

  it('takes a question that throws for unknown', () => {
    const broken = operation<View>({
      kind: 'Broken',
      steps: [
        {
          ...stepOf('a'),
          deadlineMs: 1_000,
          done: () => {
            throw new Error('a bug');
          },
        },
      ],
    });
    const { look, at } = subject([broken]);
    expect(look({ kind: 'Broken' }).status.operation?.lastError).toBe('a bug');
    at(1_000);
    expect(look({ kind: 'Broken' }).status.operation).toMatchObject({ phase: 'Failed' });
  });

  it('remembers only the last few', () => {
    const { look, status } = subject();
    for (let round = 0; round < historyLimit + 3; round++) {
      look({ kind: 'Backup', key: String(round) }, { dump: true });
    }
    look(undefined);
    expect(status().operationHistory?.map(({ key }) => key)).toEqual(['7', '6', '5', '4', '3']);
  });

  it('refuses definitions without steps or with two of one name', () => {
    expect(() => operation({ kind: 'X', steps: [] })).toThrow(RangeError);
    expect(() => operation({ kind: 'X', steps: [stepOf('a'), stepOf('a')] })).toThrow('two steps named a');
  });
});
