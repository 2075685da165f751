import { type EtcdBackupScheduleSpec } from '@stateful/etcd-backup-api';
import { periodsOf, type Period } from './periods.ts';

export type Retention = NonNullable<EtcdBackupScheduleSpec['retention']>;

/** One backup, as retention sees it. */
export interface Kept {
  readonly name: string;
  /** The moment that it shows: milliseconds since the epoch. */
  readonly time: number;
  readonly bytes: number;
  readonly isVerified: boolean;
  /** `spec.hold`, or a restore that uses it. */
  readonly isHeld: boolean;
  /** The store refuses to delete it before. */
  readonly lockedUntil?: number;
}

export interface RetentionPlan {
  readonly keep: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  /** The oldest first, and not more than `maxDeletesPerRun`. */
  readonly delete: readonly string[];
  readonly blocked: readonly { readonly name: string; readonly until?: number; readonly reason: string }[];
}

const buckets: readonly [rule: keyof Retention & `keep${string}`, period: Period][] = [
  ['keepHourly', 'hour'],
  ['keepDaily', 'day'],
  ['keepWeekly', 'week'],
  ['keepMonthly', 'month'],
  ['keepYearly', 'year'],
];

/**
 * Which of the complete backups stay. Rules add up: what one of them keeps stays. Then the floors: the newest one, and the newest
 * `keepVerifiedMin` verified ones, stay whatever is said; so `maxTotalBytes` takes the oldest of the rest. What is held or locked is
 * told of and left. Pure; the order of `backups` does not matter.
 */
export function planRetention(
  backups: readonly Kept[],
  retention: Retention,
  { now, timeZone }: { now: number; timeZone: string },
): RetentionPlan {
  const newestFirst = backups.toSorted((a, b) => b.time - a.time || (a.name < b.name ? 1 : -1));
  const reasons = new Map<string, string[]>();
  const keep = ({ name }: Kept, reason: string): void => {
    reasons.set(name, [...(reasons.get(name) ?? []), reason]);
  };

  for (const backup of newestFirst.slice(0, retention.keepLast ?? 0)) keep(backup, 'keepLast');
  const within = retention.keepWithinSeconds;
  if (within !== undefined) {
    for (const backup of newestFirst) if (now - backup.time <= within * 1000) keep(backup, 'keepWithin');
  }
  const periods = new Map(newestFirst.map(({ name, time }) => [name, periodsOf(time, timeZone)]));
  for (const [rule, period] of buckets) {
    const seen = new Set<string>();
    for (const backup of newestFirst) {
      const bucket = periods.get(backup.name)![period];
      if (seen.has(bucket)) continue;
      if (seen.size >= Number(retention[rule] ?? 0)) break;
      seen.add(bucket);
      keep(backup, rule);
    }
  }
  // Alone, a limit of bytes is the only reason to delete anything.
  const hasRule =
    within !== undefined ||
    retention.keepLast !== undefined ||
    buckets.some(([rule]) => retention[rule] !== undefined);
  if (!hasRule) for (const backup of newestFirst) keep(backup, 'noRule');

  const floor = new Set<string>();
  const toFloor = (backup: Kept | undefined, reason: string): void => {
    if (!backup) return;
    floor.add(backup.name);
    keep(backup, reason);
  };
  toFloor(newestFirst[0], 'newest');
  for (const backup of newestFirst
    .filter(({ isVerified }) => isVerified)
    .slice(0, retention.keepVerifiedMin)) {
    toFloor(backup, 'verified');
  }
  limitBytes(newestFirst, retention.maxTotalBytes, floor, reasons);

  const unwanted = newestFirst.filter(({ name }) => !reasons.has(name)).toReversed();
  const isLocked = ({ lockedUntil }: Kept): boolean => lockedUntil !== undefined && lockedUntil > now;
  return {
    keep: newestFirst.flatMap(({ name }) => {
      const why = reasons.get(name);
      return why ? [{ name, reasons: why }] : [];
    }),
    delete: unwanted
      .filter((backup) => !backup.isHeld && !isLocked(backup))
      .slice(0, retention.maxDeletesPerRun)
      .map(({ name }) => name),
    blocked: unwanted.flatMap((backup) => {
      if (backup.isHeld) return [{ name: backup.name, reason: 'Held' }];
      return isLocked(backup)
        ? [{ name: backup.name, until: backup.lockedUntil!, reason: 'ObjectLocked' }]
        : [];
    }),
  };
}

/** Takes the reasons of the oldest away until the rest is small enough. What is of the floor, or held, counts and stays. */
function limitBytes(
  newestFirst: readonly Kept[],
  most: number | undefined,
  floor: ReadonlySet<string>,
  reasons: Map<string, string[]>,
): void {
  if (most === undefined) return;
  const staying = newestFirst.filter(({ name, isHeld }) => reasons.has(name) || isHeld);
  let bytes = staying.reduce((sum, backup) => sum + backup.bytes, 0);
  for (const backup of staying.toReversed()) {
    if (bytes <= most) return;
    if (floor.has(backup.name) || backup.isHeld) continue;
    reasons.delete(backup.name);
    bytes -= backup.bytes;
  }
}
