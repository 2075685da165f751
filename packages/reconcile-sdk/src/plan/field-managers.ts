import { type KubeObject } from '../client/index.ts';
import { type FieldSet } from './difference.ts';

/**
 * Names of the managers that hold the field at `path` (as `difference` writes paths), or something beneath it, ours
 * among them. From the managedFields of `live`: read it live, caches drop those of others.
 */
export function fieldManagersOf(live: KubeObject, path: string): string[] {
  const entries = (live.metadata?.managedFields ?? []).filter(({ fieldsV1 }) => {
    const fields = (fieldsV1 ?? {}) as FieldSet;
    return Object.keys(fields).length > 0 && holds(fields, path);
  });
  return [...new Set(entries.map(({ manager }) => manager ?? ''))];
}

/**
 * Walks a path by the names that the set itself has, since names may contain dots. An index says where a list is
 * wanted, not where it is live: there, whoever holds an item of that list counts.
 */
function holds(fields: FieldSet | undefined, path: string): boolean {
  if (!fields) return false;
  if (path === '') return true;
  // A field without parts is held as a whole.
  if (Object.keys(fields).length === 0) return true;
  const index = /^\[\d+\]/.exec(path)?.[0];
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (index) {
    const items = names.filter((name) => name.startsWith('k:') || name.startsWith('v:'));
    return items.length === 0 || items.some((name) => holds(fields[name], path.slice(index.length)));
  }
  return names.some((name) => {
    const text = name.startsWith('k:') ? name.slice(2) : `.${name.slice(2)}`;
    if (!path.startsWith(text)) return false;
    const rest = path.slice(text.length);
    return (rest === '' || /^[.[{]/.test(rest)) && holds(fields[name], rest);
  });
}

/** The others that hold anything of an object, for people. */
export function managersText(live: KubeObject, except: string): string {
  const names = new Set((live.metadata?.managedFields ?? []).map(({ manager }) => manager ?? ''));
  names.delete(except);
  return [...names].join(', ') || 'nobody else';
}
