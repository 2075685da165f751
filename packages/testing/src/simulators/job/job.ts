import { type Job } from '@stateful/reconcile-sdk';
import { type Live, type LivePod } from '../kinds.ts';
import { isGoing } from '../meta.ts';

export type JobSpec = NonNullable<Job['spec']>;
export type JobStatus = NonNullable<Job['status']>;
export type JobCondition = NonNullable<JobStatus['conditions']>[number];
export type LiveJob = Omit<Live<Job>, 'spec'> & { readonly spec: JobSpec };

/** Keeps a pod until its Job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export const isCounted = ({ metadata }: LivePod): boolean =>
  !(metadata.finalizers ?? []).includes(trackingFinalizer);
export const hasSucceeded = ({ status }: LivePod): boolean => status?.phase === 'Succeeded';
/** A pod that is to go will never end well: it counts as failed from then on. */
export const hasFailed = (pod: LivePod, { podReplacementPolicy }: JobSpec): boolean =>
  pod.status?.phase === 'Failed' || (podReplacementPolicy !== 'Failed' && isGoing(pod) && !hasSucceeded(pod));
export const isActive = (pod: LivePod): boolean =>
  !isGoing(pod) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';

export const indexOf = ({ metadata }: LivePod): number | undefined => {
  const text = metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
  return text === undefined ? undefined : Number(text);
};

export const conditionOf = (job: Pick<LiveJob, 'status'>, type: string): JobCondition | undefined =>
  job.status?.conditions?.find((each) => each.type === type && each.status === 'True');

/** Whether it is over, well or not. */
export const isFinished = (job: Pick<LiveJob, 'status'>): boolean =>
  conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;

/** `0-2,5` as numbers. */
export function parseIndexes(text: string | undefined): number[] {
  if (!text) return [];
  return text.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** Numbers as `0-2,5`. */
export function indexText(indexes: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const index of [...new Set(indexes)].sort((a, b) => a - b)) {
    const open = parts.at(-1);
    if (open && open[1] === index - 1) open[1] = index;
    else parts.push([index, index]);
  }
  return parts
    .map(([from, to]) => (from === to ? String(from) : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(',');
}
