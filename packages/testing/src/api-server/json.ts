/** A JSON object. */
export type Fields = Record<string, unknown>;

/** `metadata` of whatever is stored. */
export interface Meta extends Fields {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    uid: string;
    kind: string;
    apiVersion: string;
    name: string;
    blockOwnerDeletion?: boolean;
  }[];
  managedFields?: ManagedFieldsEntry[];
  generateName?: string;
}

/** One of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Fields;
  subresource?: string;
}

/** An object as it is stored. Never changed once it is: who wants another makes a copy. */
export interface Stored extends Fields {
  apiVersion: string;
  kind: string;
  metadata: Meta;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal as JSON; the order of fields does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  let left = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!equalJson(a[key], b[key])) return false;
    left++;
  }
  for (const key in b) if (b[key] !== undefined) left--;
  return left === 0;
}

/** A copy of JSON; quicker than structuredClone for plain data. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyJson) as T;
  if (!isFields(value)) return value;
  const copy: Fields = {};
  // JSON has no inherited fields, and no pair has to be made for each of its own.
  for (const key in value) {
    const child = value[key];
    if (child !== undefined) copy[key] = typeof child === 'object' ? copyJson(child) : child;
  }
  return copy as T;
}
