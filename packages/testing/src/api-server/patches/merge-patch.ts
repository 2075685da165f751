import { copyJson, isFields, type Fields } from '../json.ts';

/** RFC 7386. */
export function mergePatch(object: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return copyJson(patch);
  const result: Fields = isFields(object) ? copyJson(object) : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = mergePatch(result[name], value);
  }
  return result;
}
