import { type OperationDefinition, type StepDefinition, type WantedOperation } from './definition.ts';
import {
  hasEnded,
  type OperationReason,
  type OperationRecord,
  type OperationStatus,
  type PlannedStep,
} from './record.ts';

export const timeText = (wall: number): string => new Date(wall).toISOString();

/** What a wish is told apart by. */
export const keyOfWish = ({ key, params }: WantedOperation): string =>
  key ?? JSON.stringify(params ?? {}, sortedKeys);

/** Members in one order, whatever order they were made in. */
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Above every fence that was ever given out for this object. */
export const nextFence = ({ operation, operationHistory }: OperationStatus): number =>
  Math.max(0, operation?.fence ?? 0, ...(operationHistory ?? []).map(({ fence }) => fence)) + 1;

export const planned = (steps: readonly StepDefinition<never>[]): PlannedStep[] =>
  steps.map(({ name, pointOfNoReturn }) => ({ name, ...(pointOfNoReturn ? { pointOfNoReturn } : {}) }));

export function begun<View>(
  definition: OperationDefinition<View>,
  wanted: WantedOperation,
  { fence, epoch, now }: { fence: number; epoch: number; now: number },
): OperationRecord {
  const [first, ...rest] = definition.steps;
  return {
    id: `${definition.kind}-${fence}`,
    kind: definition.kind,
    key: keyOfWish(wanted),
    ...(wanted.params ? { params: wanted.params } : {}),
    phase: 'Running',
    ...(first ? { step: first.name } : {}),
    attempt: 0,
    fence,
    epoch,
    startedAt: timeText(now),
    stepStartedAt: timeText(now),
    ...(definition.deadlineMs === undefined ? {} : { deadline: timeText(now + definition.deadlineMs) }),
    undo: [],
    plannedSteps: planned(rest),
  };
}

/** The same operation at another step: what belonged to the last one is dropped. */
export function atStep(
  record: OperationRecord,
  step: string | undefined,
  plannedSteps: readonly PlannedStep[],
  now: number,
): OperationRecord {
  const {
    step: _step,
    nextAttemptAt: _next,
    asked: _asked,
    progress: _progress,
    lastError: _error,
    stuck: _stuck,
    ...kept
  } = record;
  return {
    ...kept,
    ...(step === undefined ? {} : { step }),
    attempt: 0,
    stepStartedAt: timeText(now),
    plannedSteps,
  };
}

/** From here on it is undone. The fence rises, so that no earlier request can still take after its undo. */
export function turnedBack(
  record: OperationRecord,
  reason: OperationReason,
  message: string,
  now: number,
): OperationRecord {
  return toUndo({ ...record, phase: 'Undoing', reason, message, fence: record.fence + 1 }, now);
}

/** At the last step that is to be undone, or at the end. */
export function toUndo(record: OperationRecord, now: number): OperationRecord {
  const backwards = record.undo.toReversed();
  const next = atStep(
    record,
    backwards[0],
    backwards.slice(1).map((name) => ({ name })),
    now,
  );
  if (backwards.length > 0) return next;
  const isCancelled = record.reason === 'Withdrawn' || record.reason === 'CancelRequested';
  return ended(next, isCancelled ? 'Cancelled' : 'Failed', now);
}

export function ended(
  record: OperationRecord,
  phase: 'Succeeded' | 'Failed' | 'Cancelled',
  now: number,
): OperationRecord {
  return { ...atStep({ ...record, phase, undo: [] }, undefined, [], now), finishedAt: timeText(now) };
}

/** Held still: deadlines do not run. */
export const paused = (record: OperationRecord, now: number): OperationRecord =>
  hasEnded(record) || record.phase === 'Paused'
    ? record
    : {
        ...record,
        phase: 'Paused',
        paused: { phase: record.phase as 'Running' | 'Undoing', at: timeText(now) },
      };

/** Goes on where it was held; deadlines move by the time that it was. */
export function resumed(record: OperationRecord, now: number): OperationRecord {
  const { paused: held, ...rest } = record;
  if (!held) return record;
  const shift = Math.max(0, now - Date.parse(held.at));
  const moved = (text: string): string => timeText(Date.parse(text) + shift);
  return {
    ...rest,
    phase: held.phase,
    stepStartedAt: moved(record.stepStartedAt),
    ...(record.deadline === undefined ? {} : { deadline: moved(record.deadline) }),
    ...(record.progress ? { progress: { ...record.progress, at: moved(record.progress.at) } } : {}),
  };
}
