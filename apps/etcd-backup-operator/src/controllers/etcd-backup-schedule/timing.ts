import { createdAt, endedAt, isActive, newestFirst, isComplete, isGoing } from './backups.ts';
import { jitterMs, longestScheduleName } from './names.ts';
import { decideRun, hashedCron, slotAfter, type RunDecision, type RunInput } from './slots.ts';
import { type Surroundings } from './view.ts';

/** What is wrong with a time of the spec. */
export interface TimingProblem {
  readonly reason: 'InvalidSchedule' | 'InvalidTimeZone' | 'InvalidVerifySchedule' | 'NameTooLong';
  /** Names the field. */
  readonly message: string;
}

/** What times follow from. */
export interface Timing {
  readonly expression: string;
  readonly timeZone: string;
  /** Slots up to then do not count. Milliseconds. */
  readonly since: number;
}

/** A change of the times is felt by slots that are not older than this: one that is due at that moment is not lost. */
const changeGraceMs = 60_000;

export const isSuspended = ({ spec }: Surroundings): boolean => spec.suspend === true;
const wasSuspended = ({ schedule }: Surroundings): boolean =>
  schedule.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'Suspended') ??
  false;

function problemOf(field: string, text: string, cron: string, timeZone: string): string | undefined {
  try {
    if (slotAfter(cron, timeZone, 0) !== undefined) return undefined;
    return `${field}: ${JSON.stringify(text)} never comes: correct it`;
  } catch (error) {
    return `${field}: ${JSON.stringify(text)} is no cron expression of five fields (${(error as Error).message}): correct it`;
  }
}

function timeZoneProblem(timeZone: string): TimingProblem | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    return {
      reason: 'InvalidTimeZone',
      message: `spec.timeZone: ${JSON.stringify(timeZone)} is not in the time zone database: use a name such as Europe/Berlin`,
    };
  }
}

/** What the slots of backups follow from now, or why there are none. Pure. */
export function timingOf(view: Surroundings, now: number): Timing | TimingProblem {
  const { schedule, uid, name, spec } = view;
  if (name.length > longestScheduleName) {
    return {
      reason: 'NameTooLong',
      message: `metadata.name has ${name.length} characters, and its backups' names would be too long: make a schedule with a name of at most ${longestScheduleName}`,
    };
  }
  const { timeZone } = spec;
  const zone = timeZoneProblem(timeZone);
  if (zone) return zone;
  const expression = hashedCron(spec.schedule, uid);
  const problem = problemOf('spec.schedule', spec.schedule, expression, timeZone);
  if (problem !== undefined) return { reason: 'InvalidSchedule', message: problem };
  const before = schedule.status?.effectiveSchedule;
  const since = Date.parse(before?.startTime ?? schedule.metadata?.creationTimestamp ?? '') || now;
  const at = { expression, timeZone };
  if (wasSuspended(view) && !isSuspended(view)) return { ...at, since: now };
  const isChanged = before && (before.expression !== expression || before.timeZone !== timeZone);
  return { ...at, since: isChanged ? Math.max(since, now - changeGraceMs) : since };
}

/** What is wrong with `spec.verify`, which holds up no backup. Pure. */
export function verifyProblem({ spec, uid }: Surroundings): TimingProblem | undefined {
  if (!spec.verify) return undefined;
  const cron = hashedCron(spec.verify.schedule, `${uid} verify`);
  const message = problemOf('spec.verify.schedule', spec.verify.schedule, cron, spec.timeZone);
  return message === undefined ? undefined : { reason: 'InvalidVerifySchedule', message };
}

export const isTiming = (timing: Timing | TimingProblem): timing is Timing => 'since' in timing;

const lastOf = (stored: string | undefined, { since }: Timing): number =>
  Math.max(Date.parse(stored ?? '') || 0, since);

/** What becomes of the slots that are due. */
export interface Due extends RunDecision {
  /** It has its turn when those that are under way have ended. */
  readonly waitsFor?: readonly string[];
}

/** Which slot is run now. One that falls while a backup is under way is left out, or waits for its end. Pure. */
export function dueRun(view: Surroundings, timing: Timing, now: number): Due {
  const { schedule, spec, uid, backups } = view;
  const { startingDeadlineSeconds, jitterSeconds, concurrencyPolicy } = spec;
  const input: RunInput = {
    cron: timing.expression,
    timeZone: timing.timeZone,
    last: lastOf(schedule.status?.lastScheduleTime, timing),
    now,
    missedRuns: spec.missedRuns,
    ...(startingDeadlineSeconds === undefined ? {} : { startingDeadlineMs: startingDeadlineSeconds * 1000 }),
    delay: { mostMs: jitterSeconds * 1000, of: (slot) => jitterMs(uid, slot, jitterSeconds) },
  };
  if (isSuspended(view)) return { run: undefined, last: input.last, missed: 0, next: undefined };
  const queued = decideRun({ ...input, missedRuns: 'RunOnce' });
  const active = backups.filter(isActive).map(({ metadata }) => metadata?.name ?? '');
  if (concurrencyPolicy === 'Queue') {
    if (queued.run !== undefined && active.length > 0) {
      return { ...queued, run: undefined, last: input.last, missed: 0, waitsFor: active };
    }
    if (backups.some((backup) => createdAt(backup) <= queued.last && endedAt(backup) >= queued.last))
      return queued;
  }
  const decision = decideRun(input);
  return decision.run !== undefined && active.length > 0
    ? { ...decision, run: undefined, missed: decision.missed + 1 }
    : decision;
}

/** Whether a run that is due may be left out because nothing has changed: then the cluster has to be asked. Pure. */
export function unchangedSince(
  view: Surroundings,
  now: number,
): { clusterID: string; revision: number } | undefined {
  const maxAge = view.spec.skipIfUnchanged?.maxAgeSeconds;
  if (maxAge === undefined) return undefined;
  const last = newestFirst(view.backups.filter((backup) => isComplete(backup) && !isGoing(backup)))[0];
  const { clusterID, revision } = last?.status?.etcd ?? {};
  if (!last || clusterID === undefined || revision === undefined) return undefined;
  return now - endedAt(last) < maxAge * 1000 ? { clusterID, revision } : undefined;
}

/** Which check is due now. Pure. */
export function dueVerification(view: Surroundings, timing: Timing, now: number): RunDecision | undefined {
  const { schedule, spec, uid } = view;
  if (!spec.verify || verifyProblem(view)) return undefined;
  return decideRun({
    cron: hashedCron(spec.verify.schedule, `${uid} verify`),
    timeZone: spec.timeZone,
    last: lastOf(schedule.status?.lastVerificationTime, timing),
    now,
    missedRuns: 'RunOnce',
  });
}
