import { annotations } from '@stateful/postgres-api';
import { guardedDelete, resources, type GuardedDelete, type Pod } from '@stateful/reconcile-sdk';
import { templateChecksum } from './children/pod-template.ts';
import { isPodReady } from './pod-state.ts';
import { type Snapshot } from './snapshot.ts';

/**
 * Pods of an older template that cannot work anyway are made anew: a spec that was wrong and is put right heals
 * without a person. Pods that run are never touched here, ready or not: they may be the primary, or hours into a
 * restore. Nothing is deleted before the StatefulSet is seen with the new template, or the old pod would come back.
 */
export function replacements(snapshot: Snapshot, checksum: string): GuardedDelete[] {
  const template = snapshot.statefulSet?.spec?.template;
  if (!template || templateChecksum(template) !== checksum) return [];
  const isReplaced = (pod: Pod): boolean => isOutdated(pod, checksum) && isUseless(pod);
  return snapshot.pods.filter(isReplaced).map((pod) =>
    guardedDelete({
      resource: resources.pods,
      object: pod,
      isStillSo: isReplaced,
      because: 'it was made from an older template and does not run',
    }),
  );
}

/** Whether a pod was made from another template than the wanted one. */
export const isOutdated = (pod: Pod, checksum: string): boolean =>
  pod.metadata?.annotations?.[annotations.specChecksum] !== checksum;

/** Whether nothing is lost when the pod goes: no container of it runs, and none is on the point of it. */
export function isUseless(pod: Pod): boolean {
  if (isPodReady(pod) || pod.metadata?.deletionTimestamp !== undefined) return false;
  const containers = pod.status?.containerStatuses ?? [];
  if (containers.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined))
    return false;
  const hasNeverRun = containers.every(({ restartCount }) => restartCount === 0);
  return hasNeverRun
    ? pod.status?.phase === 'Pending'
    : containers.some(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff');
}
