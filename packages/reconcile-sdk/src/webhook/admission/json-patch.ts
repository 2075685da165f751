/** One step of a patch (RFC 6902), of the kinds that a difference needs. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The patch that turns `before` into `after`, both JSON. Objects are compared key by key. Of lists the equal head
 * and tail stay; what lies between is compared place by place, and what is too many or too few is removed or added.
 */
export function difference(before: unknown, after: unknown): PatchOperation[] {
  const operations: PatchOperation[] = [];
  compare(before, after, '', operations);
  return operations;
}

function compare(before: unknown, after: unknown, path: string, out: PatchOperation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, out);
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, out);
  else out.push({ op: 'replace', path, value: after ?? null });
}

function compareObjects(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: string,
  out: PatchOperation[],
): void {
  for (const key of Object.keys(before)) {
    // As in JSON, a value that is undefined is not there.
    if (own(after, key) === undefined) out.push({ op: 'remove', path: `${path}/${escape(key)}` });
    else compare(before[key], after[key], `${path}/${escape(key)}`, out);
  }
  for (const [key, value] of Object.entries(after)) {
    if (value !== undefined && own(before, key) === undefined)
      out.push({ op: 'add', path: `${path}/${escape(key)}`, value });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  out: PatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isEqual(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isEqual(before[before.length - 1 - tail], after[after.length - 1 - tail]))
    tail++;
  const old = before.length - head - tail;
  const young = after.length - head - tail;
  const common = Math.min(old, young);
  for (let at = head; at < head + common; at++) compare(before[at], after[at], `${path}/${at}`, out);
  // From the back, so that no step moves what a later one names.
  for (let at = head + old - 1; at >= head + common; at--) out.push({ op: 'remove', path: `${path}/${at}` });
  for (let at = head + common; at < head + young; at++)
    out.push({ op: 'add', path: `${path}/${at}`, value: after[at] ?? null });
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const found: PatchOperation[] = [];
  compare(a, b, '', found);
  return found.length === 0;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;
const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
