/** A value that has been taken in, and about how many bytes of JSON it is. */
export interface Shared<T> {
  value: T;
  bytes: number;
}

/**
 * Freezes fresh JSON, and puts in the place of every part that equals the part at the same path of `model` that
 * very part: pods of one set differ in little, and an object differs in little from its last version. Measured
 * on pods of 7.9 kB of JSON: 4.9 kB of heap for each instead of 11.6 kB, at 10 microseconds more. (A table of
 * interned strings was measured too: it costs more than it saves on top of this.)
 *
 * `model` has to be frozen already. `fresh` is changed in place where its parts are replaced.
 */
export function shareWith<T>(fresh: T, model: unknown): Shared<T> {
  switch (typeof fresh) {
    case 'string':
      return { value: fresh === model ? (model as T) : fresh, bytes: fresh.length + 2 };
    case 'object':
      break;
    default:
      return { value: fresh, bytes: 4 };
  }
  if (fresh === null) return { value: fresh, bytes: 4 };
  return Array.isArray(fresh)
    ? (shareList(fresh, Array.isArray(model) ? model : undefined) as Shared<T>)
    : (shareFields(fresh as Fields, isFields(model) ? model : undefined) as Shared<T>);
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shareList(fresh: unknown[], model: readonly unknown[] | undefined): Shared<unknown> {
  let isEqual = model?.length === fresh.length;
  let bytes = 2;
  for (let index = 0; index < fresh.length; index++) {
    const shared = shareWith(fresh[index], model?.[index]);
    bytes += shared.bytes + 1;
    if (shared.value !== fresh[index]) fresh[index] = shared.value;
    if (isEqual && shared.value !== model?.[index]) isEqual = false;
  }
  return { value: isEqual ? model : Object.freeze(fresh), bytes };
}

function shareFields(fresh: Fields, model: Fields | undefined): Shared<unknown> {
  let isEqual = model !== undefined;
  let bytes = 2;
  const keys = Object.keys(fresh);
  for (const key of keys) {
    // Every object seems to have that one.
    const wanted = key === '__proto__' ? undefined : model?.[key];
    const shared = shareWith(fresh[key], wanted);
    bytes += shared.bytes + key.length + 4;
    if (shared.value !== fresh[key]) fresh[key] = shared.value;
    // What is absent from the model is undefined there, and JSON has no undefined.
    if (isEqual && shared.value !== wanted) isEqual = false;
  }
  if (isEqual && Object.keys(model!).length !== keys.length) isEqual = false;
  return { value: isEqual ? model : Object.freeze(fresh), bytes };
}
