import { describeError } from '../../errors/index.ts';
import { type Answer } from '../answer.ts';
import { timeText } from './transitions.ts';
import { type OperationDefinition, type StepContext, type StepDefinition } from './definition.ts';
import { type OperationReason, type OperationRecord } from './record.ts';

export const defaultPollMs = 5_000;
/** Attempts after which it is said that a step does not get on. */
export const stuckAfter = 3;

/** A question that throws has no answer; deadlines run on. */
export function asked(ask: () => Answer): { answer: Answer; error?: string } {
  try {
    return { answer: ask() };
  } catch (error) {
    return { answer: 'unknown', error: describeError(error) };
  }
}

export const withUndo = (record: OperationRecord, { name }: { name: string }): OperationRecord =>
  record.undo.includes(name) ? record : { ...record, undo: [...record.undo, name] };

export function attempted(record: OperationRecord): OperationRecord {
  const { nextAttemptAt: _due, asked: _asked, ...rest } = record;
  return { ...rest, attempt: record.attempt + 1 };
}

export const untilDue = ({ nextAttemptAt }: OperationRecord, now: number): number | undefined =>
  nextAttemptAt === undefined ? undefined : Math.max(0, Date.parse(nextAttemptAt) - now);
export const isDue = (record: OperationRecord, now: number): boolean => (untilDue(record, now) ?? 0) === 0;

/** Progress is written down at most four times in `noProgressMs`: it is for a timer, not for reading. */
export function withProgress<View>(
  record: OperationRecord,
  step: StepDefinition<View>,
  context: StepContext,
  { view, now }: { view: View; now: number },
): OperationRecord {
  const value = progressOf(step, view, context)?.toString();
  if (step.noProgressMs === undefined || value === undefined || value === record.progress?.value)
    return record;
  const at = record.progress ? Date.parse(record.progress.at) : -Infinity;
  return now - at < step.noProgressMs / 4 ? record : { ...record, progress: { value, at: timeText(now) } };
}

/** As with `done`: what throws says nothing. */
function progressOf<View>(
  step: StepDefinition<View>,
  view: View,
  context: StepContext,
): string | number | undefined {
  try {
    return step.progress?.(view, context);
  } catch {
    return undefined;
  }
}

export function failureOf<View>(
  definition: OperationDefinition<View>,
  step: StepDefinition<View>,
  record: OperationRecord,
  now: number,
): { reason: OperationReason; message: string } | undefined {
  const because = record.lastError === undefined ? '' : `: ${record.lastError}`;
  if (record.deadline !== undefined && now >= Date.parse(record.deadline)) {
    return {
      reason: 'DeadlineExceeded',
      message: `not done within ${(definition.deadlineMs ?? 0) / 1000} s, at step ${step.name}${because}`,
    };
  }
  const started = Date.parse(record.stepStartedAt);
  if (step.deadlineMs !== undefined && now - started >= step.deadlineMs) {
    return {
      reason: 'StepDeadlineExceeded',
      message: `step ${step.name} was not done within ${step.deadlineMs / 1000} s${because}`,
    };
  }
  const moved = record.progress ? Date.parse(record.progress.at) : started;
  if (step.noProgressMs !== undefined && now - moved >= step.noProgressMs) {
    return {
      reason: 'NoProgress',
      message: `step ${step.name} has stood still for ${step.noProgressMs / 1000} s${because}`,
    };
  }
  return undefined;
}

/** Until something can change by the passing of time alone. */
export function waitOf<View>(step: StepDefinition<View>, record: OperationRecord, now: number): number {
  const started = Date.parse(record.stepStartedAt);
  const ends = [
    record.deadline === undefined ? Infinity : Date.parse(record.deadline),
    started + (step.deadlineMs ?? Infinity),
    (record.progress ? Date.parse(record.progress.at) : started) + (step.noProgressMs ?? Infinity),
  ].map((end) => (end <= now ? Infinity : end - now));
  const due = untilDue(record, now);
  return Math.min(step.pollMs ?? defaultPollMs, ...ends, ...(due ? [due] : []));
}
