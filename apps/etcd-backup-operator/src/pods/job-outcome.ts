import { agentResultOf, type AgentSuccess } from '@stateful/etcd-backup-api';
import { type Job, type Pod } from '@stateful/reconcile-sdk';
import { type ContainerStatus } from './pod-types.ts';

/** What has become of a Job of ours, from it and its pods. */
export type JobOutcome =
  /** It is over, and its pods are not seen (yet), so what they said is not known. */
  | { readonly state: 'Unknown' }
  /** `message`: what its pods wait for, or what the last one failed with. */
  | { readonly state: 'Running'; readonly message?: string }
  | {
      readonly state: 'Succeeded';
      /** What the containers said, by their names. */
      readonly results: Readonly<Record<string, AgentSuccess>>;
    }
  | {
      readonly state: 'Failed';
      /** `AgentFailureCode`, or what the pod failed with. */
      readonly code: string;
      readonly message: string;
    };

/** Reads it. `pods`: those that it controls; which of them, it sees by their owner. Pure. */
export function jobOutcome(job: Job, pods: readonly Pod[]): JobOutcome {
  const ours = pods
    .filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === job.metadata?.uid))
    .toSorted((a, b) => createdAt(a) - createdAt(b));
  const newest = ours.at(-1);
  const ending = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (!ending) {
    const message = ours.toReversed().flatMap(troubleOf)[0];
    return { state: 'Running', ...(message === undefined ? {} : { message }) };
  }
  if (ending.type === 'Complete') {
    const done = ours.findLast(({ status }) => status?.phase === 'Succeeded');
    if (!done) return { state: 'Unknown' };
    const results = Object.fromEntries(
      statusesOf(done).flatMap(({ name, state }) => {
        const result = agentResultOf(state?.terminated?.message);
        return result?.ok ? [[name, result] as const] : [];
      }),
    );
    return { state: 'Succeeded', results };
  }
  // What the last pod said counts; that of one before is better than none.
  const failure = ours.toReversed().flatMap(failureOf)[0];
  if (failure) return failure;
  if (ending.reason === 'DeadlineExceeded') {
    const waits = newest ? troubleOf(newest)[0] : undefined;
    return {
      state: 'Failed',
      code: 'DeadlineExceeded',
      message: `it did not end in time${waits === undefined ? '' : `: ${waits}`}`,
    };
  }
  return newest
    ? { state: 'Failed', code: 'Failed', message: `${ending.reason}: ${ending.message}` }
    : { state: 'Unknown' };
}

const createdAt = ({ metadata }: Pod): number => Date.parse(metadata?.creationTimestamp ?? '') || 0;

const statusesOf = ({ status }: Pod): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/** The container that ended the pod: the first in order that did not end well. A killed sidecar ends nothing. */
function failureOf(pod: Pod): (JobOutcome & { state: 'Failed' })[] {
  if (pod.status?.phase !== 'Failed') return [];
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy).map(({ name }) => name),
  );
  const ended = statusesOf(pod).find(
    ({ name, state }) => !sidecars.has(name) && (state?.terminated?.exitCode ?? 0) !== 0,
  );
  if (!ended) return [];
  const { exitCode, reason, message } = ended.state?.terminated ?? {};
  const said = agentResultOf(message);
  if (said && !said.ok) return [{ state: 'Failed', code: said.code, message: said.message }];
  const code = ended.name === 'restore' ? 'RestoreFailed' : 'Failed';
  const words = message?.trim().split('\n').at(-1) ?? reason ?? '';
  return [
    {
      state: 'Failed',
      code,
      message: `container ${ended.name} of pod ${pod.metadata?.name} ended with ${exitCode}: ${words}`.slice(
        0,
        900,
      ),
    },
  ];
}

/** What a pod that has not ended waits for, or what one that has failed said: for people. */
function troubleOf(pod: Pod): string[] {
  const [failed] = failureOf(pod);
  if (failed) return [`${failed.code}: ${failed.message}`];
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unscheduled) return [`pod ${pod.metadata?.name} is not scheduled: ${unscheduled.message}`];
  return statusesOf(pod).flatMap(({ name, state }) => {
    const { reason = '', message = '' } = state?.waiting ?? {};
    return reason === '' || reason === 'PodInitializing' || reason === 'ContainerCreating'
      ? []
      : [`container ${name} of pod ${pod.metadata?.name} waits: ${reason} ${message}`.trim()];
  });
}
