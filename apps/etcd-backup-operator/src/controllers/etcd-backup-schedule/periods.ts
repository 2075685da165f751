export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', timeZoneName: 'longOffset' },
  });
  formats.set(timeZone, format);
  return format;
}

const dayMs = 86_400_000;

/**
 * The hour, day, week (from Monday), month and year in which a moment lies on the wall of a zone. The hour that comes twice in
 * autumn is two hours: its offset tells them apart.
 */
export function periodsOf(time: number, timeZone: string): Record<Period, string> {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const { year = '', month = '', day = '', hour = '', timeZoneName = '' } = parts;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day)) / dayMs;
  return {
    hour: `${year}-${month}-${day}T${hour}${timeZoneName}`,
    day: `${year}-${month}-${day}`,
    // The first of January 1970 was a Thursday.
    week: `week ${Math.floor((days + 3) / 7)}`,
    month: `${year}-${month}`,
    year,
  };
}
