import { Pointer, applyPatch, type Operation } from 'rfc6902';
import { copyJson, isFields, type Fields } from '../json.ts';
import { ApiFailure, badRequest } from '../status.ts';

const rejected = (): ApiFailure =>
  new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** RFC 6902, as lenient as the API server. Throws its 422, and the 400 of what is no list. */
export function jsonPatch(object: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  // The whole object may be replaced, so it stands in another one.
  const holder = { root: copyJson(object) };
  for (const operation of operations) {
    if (!isFields(operation)) throw rejected();
    // Most are as the RFC wants them; what is not leaves the object as it was, and is looked at more closely.
    if (isPlain(operation) && apply(holder, { ...operation, path: `/root${operation.path}` })) continue;
    const strict = strictly(operation, holder);
    if (!strict || !apply(holder, strict)) throw rejected();
  }
  return holder.root;
}

const isPlain = (operation: Fields): operation is Operation & Fields =>
  typeof operation['path'] === 'string' &&
  operation['path'].startsWith('/') &&
  ['add', 'replace', 'remove', 'test'].includes(operation['op'] as string);

function apply(holder: object, operation: Operation): boolean {
  try {
    const [error] = applyPatch(holder, [operation]);
    return !error;
  } catch {
    // It leads into something that is no object.
    return false;
  }
}

/**
 * The operation that the RFC has for what the API server makes of this one; undefined for one that it refuses too.
 * A field is replaced or tested that is not there, nothing is copied from nowhere, and lists are counted from their end.
 */
function strictly({ op, path, from, value = null }: Fields, holder: object): Operation | undefined {
  const to = pointerIn(holder, path, op === 'add');
  const source = pointerIn(holder, from, false);
  if (!to) return undefined;
  const at = to.evaluate(holder) as { parent: unknown; value: unknown };
  if (typeof at.parent !== 'object') return undefined;
  const target = to.toString();
  switch (op) {
    case 'add':
      return { op, path: target, value };
    case 'replace':
      // Only of lists an item that is not there is missed.
      return { op: at.value === undefined && !Array.isArray(at.parent) ? 'add' : op, path: target, value };
    case 'remove':
      return { op, path: target };
    case 'test':
      return value === null && (at.value ?? null) === null
        ? { op, path: '', value: holder }
        : { op, path: target, value };
    case 'copy':
      return source && { op: 'add', path: target, value: copyJson(source.get(holder) ?? null) as unknown };
    case 'move':
      return source && { op, from: source.toString(), path: target };
    default:
      return undefined;
  }
}

/** Where a pointer leads in the object; whatever stands before its first slash is not looked at. */
function pointerIn(holder: object, path: unknown, inserts: boolean): Pointer | undefined {
  if (typeof path !== 'string') return undefined;
  const slash = path.indexOf('/');
  const pointer = Pointer.fromJSON(`/root${slash < 0 ? '' : path.slice(slash)}`);
  const last = pointer.tokens.at(-1)!;
  const { parent } = pointer.evaluate(holder) as { parent: unknown };
  if (!Array.isArray(parent) || !/^-[1-9]\d*$/.test(last)) return pointer;
  const index = parent.length + Number(last) + (inserts ? 1 : 0);
  return index < 0 ? undefined : new Pointer([...pointer.tokens.slice(0, -1), String(index)]);
}
