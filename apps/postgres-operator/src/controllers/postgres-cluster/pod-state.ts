import { type Pod } from '@stateful/reconcile-sdk';

/** Whether Kubernetes counts the pod as ready. A pod that is going is not. */
export const isPodReady = (pod: Pod | undefined): boolean =>
  pod !== undefined &&
  pod.metadata?.deletionTimestamp === undefined &&
  (pod.status?.conditions?.some((entry) => entry.type === 'Ready' && entry.status === 'True') ?? false);

/** Why a pod is not ready, in a few words for people. */
export function whyNotReady(pod: Pod | undefined): string {
  if (!pod) return 'has no pod';
  if (pod.metadata?.deletionTimestamp !== undefined) return 'is being stopped';
  const container = pod.status?.containerStatuses?.[0];
  const waiting = container?.state?.waiting;
  // "ContainerCreating" says nothing that "is starting" does not; the others are errors with a text.
  if (waiting?.reason && waiting.reason !== 'ContainerCreating') {
    return withDetail(waiting.reason, waiting.message ?? container?.lastState?.terminated?.message);
  }
  const ended = container?.state?.terminated;
  if (ended) return withDetail(`ended with code ${ended.exitCode}`, ended.message);
  const unscheduled = pod.status?.conditions?.find(
    (entry) => entry.type === 'PodScheduled' && entry.status === 'False',
  );
  if (unscheduled) return withDetail(unscheduled.reason ?? 'cannot be scheduled', unscheduled.message);
  if (pod.status?.phase === 'Failed') return withDetail(pod.status.reason ?? 'failed', pod.status.message);
  if (container?.started) return 'runs but is not ready';
  return 'is starting';
}

const withDetail = (reason: string, detail: string | undefined): string =>
  detail ? `${reason} (${detail.trim().replaceAll(/\s+/g, ' ').slice(0, 300)})` : reason;
