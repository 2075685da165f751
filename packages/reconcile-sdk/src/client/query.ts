/** A query string; what is undefined, false or empty is left out. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const set = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== false && value !== '',
  );
  return set.length
    ? `?${set.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join('&')}`
    : '';
}
