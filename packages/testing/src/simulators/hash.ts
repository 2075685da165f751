const letters = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for a template, in the letters that Kubernetes uses for them: equal for equal JSON, whatever the
 * order of fields. Its digits are not those of the real controllers; nobody may rely on them.
 */
export function shortHash(value: unknown): string {
  const text = JSON.stringify(value, sorted);
  let [low, high] = [0x811c9dc5, 0x1234567];
  for (let index = 0; index < text.length; index++) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193) >>> 0;
    high = Math.imul(high ^ text.charCodeAt(index), 0x85ebca6b) >>> 0;
  }
  let name = '';
  for (let index = 0; index < 10; index++) {
    name += letters[((index % 2 ? high : low) >>> (index * 3)) % letters.length] ?? '';
  }
  return name;
}

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
