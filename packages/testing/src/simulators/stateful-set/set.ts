import { type StatefulSet } from '@stateful/reconcile-sdk';
import { type Live, type LivePod } from '../kinds.ts';
import { isGoing, timeOf } from '../meta.ts';

export type SetSpec = NonNullable<StatefulSet['spec']>;
export type Template = SetSpec['template'];
export type LiveSet = Omit<Live<StatefulSet>, 'spec'> & { readonly spec: SetSpec };

/** The ordinal in the name of a pod, or undefined when it is none of the set's. */
export function ordinalOf(set: LiveSet, name: string): number | undefined {
  const match = /^(.*)-([0-9]+)$/.exec(name);
  return match && match[1] === set.metadata.name ? Number(match[2]) : undefined;
}

export const revisionOf = ({ metadata }: LivePod): string | undefined =>
  metadata.labels?.['controller-revision-hash'];

export const isReady = ({ status }: LivePod): boolean =>
  status?.phase === 'Running' &&
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** Since when a pod counts as available: ready for `minReadySeconds`. Undefined while it is not ready. */
export function availableAt(pod: LivePod, minReadySeconds = 0): number | undefined {
  if (!isReady(pod)) return undefined;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return (timeOf(ready?.lastTransitionTime) ?? 0) + minReadySeconds * 1000;
}

export const hasEnded = ({ status }: LivePod): boolean =>
  status?.phase === 'Failed' || status?.phase === 'Succeeded';

/** Runs, is ready, and nobody has asked for its end. */
export const isHealthy = (pod: LivePod): boolean => isReady(pod) && !isGoing(pod);
