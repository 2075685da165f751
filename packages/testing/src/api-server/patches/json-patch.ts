import { copyJson, equalJson, isFields } from '../json.ts';
import { ApiFailure } from '../status.ts';

const rejected = (): ApiFailure =>
  new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** RFC 6902, as lenient as the API server: `replace` of a field that is not there adds it. Throws its 422. */
export function jsonPatch(object: unknown, operations: readonly Operation[]): unknown {
  let root = copyJson(object);
  const partsOf = (pointer: string): string[] =>
    pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  function parentOf(parts: readonly string[]): unknown {
    let node: unknown = root;
    for (const part of parts.slice(0, -1))
      node = Array.isArray(node) ? node[Number(part)] : isFields(node) ? node[part] : undefined;
    return node;
  }
  function read(pointer: string): unknown {
    const parts = partsOf(pointer);
    if (parts.length === 0) return root;
    const parent = parentOf(parts);
    const last = parts.at(-1)!;
    const value: unknown = Array.isArray(parent)
      ? parent[Number(last)]
      : isFields(parent)
        ? parent[last]
        : undefined;
    if (value === undefined) throw rejected();
    return value;
  }
  function write(pointer: string, value: unknown, inserts: boolean): void {
    const parts = partsOf(pointer);
    if (parts.length === 0) {
      root = value;
      return;
    }
    const parent = parentOf(parts);
    const last = parts.at(-1)!;
    if (Array.isArray(parent)) {
      const index = last === '-' ? parent.length : Number(last);
      if (!Number.isInteger(index) || index < 0 || index > parent.length) throw rejected();
      parent.splice(index, inserts ? 0 : 1, value);
    } else if (isFields(parent)) parent[last] = value;
    else throw rejected();
  }
  function remove(pointer: string): void {
    read(pointer);
    const parts = partsOf(pointer);
    const parent = parentOf(parts);
    const last = parts.at(-1)!;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (isFields(parent)) delete parent[last];
  }
  for (const { op, path, from = '', value } of operations) {
    switch (op) {
      case 'add':
        write(path, copyJson(value), true);
        break;
      case 'replace':
        write(path, copyJson(value), false);
        break;
      case 'remove':
        remove(path);
        break;
      case 'copy':
        write(path, copyJson(read(from)), true);
        break;
      case 'move': {
        const moved = read(from);
        remove(from);
        write(path, moved, true);
        break;
      }
      case 'test': {
        let found: unknown = null;
        try {
          found = read(path);
        } catch {
          // What is not there equals null.
        }
        if (!equalJson(found, value)) throw rejected();
        break;
      }
      default:
        throw rejected();
    }
  }
  return root;
}
