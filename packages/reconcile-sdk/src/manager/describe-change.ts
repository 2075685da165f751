import { isDeepStrictEqual } from 'node:util';
import { type Change } from '../cache/index.ts';
import { type KubeObject } from '../client/index.ts';

/** What a change is about, for people who ask why a key was looked at. */
export function describeChange(change: Change<KubeObject>): string {
  if (change.kind === 'delete') return 'deleted';
  const now = change.object.metadata ?? {};
  const before = change.old?.metadata;
  if (!before) return change.initial ? 'listed' : 'appeared';
  if (now.deletionTimestamp !== before.deletionTimestamp) return 'is being deleted';
  if (now.generation !== before.generation) return `spec changed (generation ${now.generation})`;
  for (const part of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (!isDeepStrictEqual(now[part], before[part])) return `${part} changed`;
  }
  const statusOf = (object: KubeObject | undefined): unknown =>
    object && 'status' in object ? object.status : undefined;
  if (!isDeepStrictEqual(statusOf(change.object), statusOf(change.old))) return 'status changed';
  return 'changed';
}
