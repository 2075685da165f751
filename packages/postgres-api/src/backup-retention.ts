const daysOf: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30 };

/** Days of a `backupRetention` such as `2w`, a month being 30; undefined when it is none. */
export function retentionDays(backupRetention: unknown): number | undefined {
  const match =
    typeof backupRetention === 'string' ? /^([1-9][0-9]{0,14})([dwm])$/.exec(backupRetention) : null;
  const days = match ? Number(match[1]) * (daysOf[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
  return Number.isSafeInteger(days) ? days : undefined;
}
