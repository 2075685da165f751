import { createHash } from 'node:crypto';
import { Cron } from 'croner';

const names: Record<string, string> = {
  '@hourly': 'H * * * *',
  '@daily': 'H H * * *',
  '@weekly': 'H H * * H',
  '@monthly': 'H H H * *',
};
const fields: readonly [name: string, first: number, count: number][] = [
  ['minute', 0, 60],
  ['hour', 0, 24],
  // Every month has these days.
  ['day', 1, 28],
  ['month', 1, 12],
  ['weekday', 0, 7],
];

/**
 * A cron expression with each `H` as a value of the schedule's own, so that those who say the same do not all come at once. The
 * same seed (the UID) gives the same value for ever. Pure.
 */
export function hashedCron(expression: string, seed: string): string {
  const parts = (names[expression] ?? expression).split(' ');
  return parts
    .map((part, index) => {
      const [name = '', first = 0, count = 1] = fields[index] ?? [];
      const value = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE(0) % count;
      return part.replace(/\bH\b/g, String(first + value));
    })
    .join(' ');
}

/** When the next slot after `time` is, in milliseconds; undefined: there is none. Throws for what is no expression. */
export function slotAfter(cron: string, timeZone: string, time: number): number | undefined {
  return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(time))?.getTime();
}

export interface RunInput {
  /** As `hashedCron` gives it. */
  readonly cron: string;
  readonly timeZone: string;
  /** The slot that was decided on last, or when the schedule was made or woken. */
  readonly last: number;
  readonly now: number;
  /** A slot that is later than this is missed. Milliseconds. */
  readonly startingDeadlineMs?: number | undefined;
  /** Slots are due so much later than they say, and at most `mostMs`. Pure. */
  readonly delay?: { readonly mostMs: number; of(slot: number): number } | undefined;
  readonly missedRuns: 'Skip' | 'RunOnce';
}

export interface RunDecision {
  /** The slot that is run now; a run is named after it, so that there are never two. */
  readonly run: number | undefined;
  /** The slot that has been decided on with this, to be stored. */
  readonly last: number;
  /** Slots that were left out. */
  readonly missed: number;
  /** When the next one is due. */
  readonly next: number | undefined;
}

/** A slot that has been decided on and lies so far ahead was decided on by a clock that was wrong. */
const mostAheadMs = 86_400_000;

/** A slot that is this late is still in time. */
const inTimeMs = 60_000;
/** Beyond it nobody counts any more. */
const mostCounted = 10_000;

/** The last slot up to `now`, looked for in ever longer spans before it. */
function newestSlot(cron: string, timeZone: string, now: number): number | undefined {
  for (let span = 3_600_000; span < now; span *= 2) {
    let newest: number | undefined;
    for (
      let slot = slotAfter(cron, timeZone, now - span);
      slot !== undefined && slot <= now;
      slot = slotAfter(cron, timeZone, slot)
    ) {
      newest = slot;
    }
    if (newest !== undefined) return newest;
  }
  return undefined;
}

/**
 * Which slot is run now. All that are over since `last` are decided on at once: the newest is run when it is in time, or as the one
 * that makes up for those that were missed; no other ever is. A clock that went back decides on nothing; one that was days ahead is
 * forgotten. Pure.
 */
export function decideRun({
  cron,
  timeZone,
  last: stored,
  now,
  startingDeadlineMs,
  missedRuns,
  delay = { mostMs: 0, of: () => 0 },
}: RunInput): RunDecision {
  const last = stored - now > mostAheadMs ? now : stored;
  const dueAt = (slot: number): number => slot + delay.of(slot);
  let newest: number | undefined;
  let count = 0;
  let next = slotAfter(cron, timeZone, last);
  while (next !== undefined && dueAt(next) <= now && count < mostCounted) {
    newest = next;
    count++;
    next = slotAfter(cron, timeZone, next);
  }
  if (next !== undefined && dueAt(next) <= now) {
    const until = now - delay.mostMs;
    newest = newestSlot(cron, timeZone, until) ?? newest;
    next = slotAfter(cron, timeZone, until);
  }
  const nextAt = next === undefined ? undefined : dueAt(next);
  if (newest === undefined) return { run: undefined, last, missed: 0, next: nextAt };
  const late = now - dueAt(newest);
  const isInTime = late <= Math.min(inTimeMs, startingDeadlineMs ?? inTimeMs);
  const isMadeUp = missedRuns === 'RunOnce' && late <= (startingDeadlineMs ?? Infinity);
  const isRun = isInTime || isMadeUp;
  return { run: isRun ? newest : undefined, last: newest, missed: count - (isRun ? 1 : 0), next: nextAt };
}
