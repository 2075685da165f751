/** A query string; what is undefined, false or empty is left out. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  let text = '';
  for (const key in values) {
    const value = values[key];
    if (value === undefined || value === false || value === '') continue;
    text += `${text === '' ? '?' : '&'}${key}=${encodeURIComponent(value)}`;
  }
  return text;
}
