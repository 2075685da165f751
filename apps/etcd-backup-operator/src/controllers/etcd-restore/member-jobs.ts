import { createHash } from 'node:crypto';
import { type Job, type Pod } from '@stateful/reconcile-sdk';
import { jobOutcome, type JobOutcome } from '../../pods/index.ts';
import { type View } from './view.ts';

/** What a Job does for one member; `drill` is for none. */
export type JobVerb = 'materialize' | 'swap' | 'back' | 'forget' | 'drill';

/** Labels of the Jobs and pods of restores. */
export const restoreLabel = 'db.example.com/etcd-restore';
const verbLabel = 'db.example.com/etcd-restore-verb';

export const labelsOf = ({ uid }: Pick<View, 'uid'>, verb: JobVerb) => ({
  [restoreLabel]: uid,
  [verbLabel]: verb,
});

/** The same for the same member; short enough for a label, and of no other restore. */
export function jobName({ uid, name }: Pick<View, 'uid' | 'name'>, verb: JobVerb, member: string): string {
  const hash = createHash('sha256').update(`${uid} ${member}`).digest('hex').slice(0, 8);
  return `${name.slice(0, 40).replace(/[-.]+$/, '')}-${verb}-${hash}`;
}

export const isOfVerb = ({ metadata }: Job | Pod, verb: JobVerb): boolean =>
  metadata?.labels?.[verbLabel] === verb;

/** What became of a Job; `absent`: it is not there. */
export function outcomeOf(view: View, verb: JobVerb, member: string): JobOutcome | 'absent' {
  const name = jobName(view, verb, member);
  const job = view.jobs.find(({ metadata }) => metadata?.name === name);
  if (!job || job.metadata?.deletionTimestamp !== undefined) return 'absent';
  return view.pods === 'unknown' ? { state: 'Unknown' } : jobOutcome(job, view.pods);
}

/** Whether a Job has done its work; what its pods said may be gone by then. */
export const isComplete = ({ jobs, ...view }: View, verb: JobVerb, member: string): boolean =>
  jobs.some(
    ({ metadata, status }) =>
      metadata?.name === jobName(view, verb, member) &&
      status?.conditions?.some(({ type, status: is }) => type === 'Complete' && is === 'True'),
  );

/** Whether something that may write to a volume is left of these verbs. */
export const isLeft = (view: View, verbs: readonly JobVerb[]): boolean =>
  view.pods === 'unknown' ||
  verbs.some(
    (verb) =>
      view.jobs.some((job) => isOfVerb(job, verb)) ||
      (view.pods as readonly Pod[]).some(
        (pod) => isOfVerb(pod, verb) && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''),
      ),
  );
