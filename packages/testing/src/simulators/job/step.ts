import { timeText } from '../../api-server/metadata.ts';
import { kinds, type LivePod } from '../kinds.ts';
import { isGoing, timeOf, withConditions } from '../meta.ts';
import { earlier, statusWrite, type Step, type Write } from '../writes.ts';
import {
  conditionOf,
  hasFailed,
  hasSucceeded,
  indexOf,
  indexText,
  isActive,
  isCounted,
  isFinished,
  parseIndexes,
  trackingFinalizer,
  type JobCondition,
  type JobStatus,
  type LiveJob,
} from './job.ts';
import { verdictOf, type Verdict } from './failure-policy.ts';
import { podOf } from './pod.ts';

/** First wait after a failed pod, in milliseconds; doubled with each further one. */
const backoffMs = 10_000;
const backoffMaxMs = 600_000;

/** One look of the Job controller: pure. */
export function stepJob(job: LiveJob, pods: readonly LivePod[], now: number): Step {
  const released = (pod: LivePod): Write => release(pod);
  if (isFinished(job) || isGoing(job)) {
    const over = isGoing(job) ? { writes: [] } : expire(job, now);
    return { ...over, writes: [...pods.filter((pod) => !isCounted(pod)).map(released), ...over.writes] };
  }
  const { spec } = job;
  const uncounted = pods.filter((pod) => !isCounted(pod));
  const won = uncounted.filter(hasSucceeded);
  const verdicts = new Map<LivePod, Verdict>(
    uncounted.filter((pod) => hasFailed(pod, spec)).map((pod) => [pod, verdictOf(pod, spec)]),
  );
  // Those that a suspension has stopped have not failed.
  const isLost = (pod: LivePod): boolean => !spec.suspend || hasEnded(pod);
  const lost = [...verdicts]
    .filter(([pod, verdict]) => verdict.action !== 'Ignore' && isLost(pod))
    .map(([pod]) => pod);
  const fatal = [...verdicts.values()].find(({ action }) => action === 'FailJob');
  const before: JobStatus = job.status ?? {};
  const completed = indexText([
    ...parseIndexes(before.completedIndexes),
    ...won.map(indexOf).filter((index) => index !== undefined),
  ]);
  const isIndexed = spec.completionMode === 'Indexed';
  const succeeded = isIndexed ? parseIndexes(completed).length : (before.succeeded ?? 0) + won.length;
  const failed = (before.failed ?? 0) + lost.length;
  const active = pods.filter(isActive);
  const ending = endingOf(job, { succeeded, failed, pods, fatal }, now);
  const writes: Write[] = [];
  let lookAt: number | undefined = deadlineOf(job);
  let made = 0;
  let stopped = 0;
  const terminating = pods.filter((pod) => isGoing(pod) && !hasEnded(pod)).length;
  const remove = (object: LivePod): void => {
    stopped++;
    writes.push({ verb: 'delete', resource: kinds.pods, object });
  };
  if (ending || spec.suspend) active.forEach(remove);
  else {
    const limit =
      spec.completions === undefined && !isIndexed
        ? succeeded > 0
          ? 0
          : Infinity
        : (spec.completions ?? 1) - succeeded;
    const leaving = spec.podReplacementPolicy === 'Failed' ? terminating : 0;
    const missing = Math.min(spec.parallelism ?? 1, limit) - active.length - leaving;
    active.slice(active.length + Math.min(0, missing)).forEach(remove);
    const wait = backoffUntil(pods, lost, job, failed);
    if (missing > 0 && wait > now) lookAt = earlier(lookAt, wait);
    else
      for (; made < missing; made++)
        writes.push(podOf(job, isIndexed ? nextIndex(parseIndexes(completed), active, made) : undefined));
  }
  const staying = active.length - stopped + made;
  const status: JobStatus = {
    ...before,
    ...startTimeOf(job, now),
    ...counts({ active: staying, succeeded, failed }),
    ready: active.filter(({ status: is }) =>
      is?.conditions?.some(({ type, status: on }) => type === 'Ready' && on === 'True'),
    ).length,
    terminating: pods.filter((pod) => isGoing(pod) && !hasSucceeded(pod) && pod.status?.phase !== 'Failed')
      .length,
    uncountedTerminatedPods: {},
    ...(isIndexed && completed ? { completedIndexes: completed } : {}),
  };
  const conditions = conditionsOf(job, ending, terminating + stopped > 0, now);
  if (conditions.length > 0) status.conditions = conditions;
  if (conditions.some(({ type, status: is }) => type === 'Complete' && is === 'True'))
    status.completionTime ??= timeText(now);
  return {
    writes: [
      ...writes,
      ...statusWrite(kinds.jobs, job, status),
      ...[...won, ...verdicts.keys()].map(released),
    ],
    lookAt: ending ? undefined : lookAt,
  };
}

interface Ending {
  readonly kind: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

function endingOf(
  job: LiveJob,
  {
    succeeded,
    failed,
    pods,
    fatal,
  }: { succeeded: number; failed: number; pods: readonly LivePod[]; fatal: Verdict | undefined },
  now: number,
): Ending | undefined {
  const { spec } = job;
  const earlierFailure = conditionOf(job, 'FailureTarget');
  if (earlierFailure) {
    return { kind: 'Failed', reason: earlierFailure.reason ?? '', message: earlierFailure.message ?? '' };
  }
  const fail = (reason: string, message: string): Ending => ({ kind: 'Failed', reason, message });
  if (fatal) return fail('PodFailurePolicy', fatal.message);
  const restarts = spec.template.spec?.restartPolicy === 'OnFailure' ? restartsOf(pods) : 0;
  if (failed + restarts > (spec.backoffLimit ?? 6))
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const deadline = deadlineOf(job);
  if (deadline !== undefined && now >= deadline)
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (spec.suspend) return undefined;
  const isDone =
    spec.completions === undefined ? succeeded > 0 && !pods.some(isActive) : succeeded >= spec.completions;
  return isDone
    ? { kind: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}

const hasEnded = ({ status }: LivePod): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';
const restartsOf = (pods: readonly LivePod[]): number =>
  pods.reduce((sum, { status }) => sum + (status?.containerStatuses?.[0]?.restartCount ?? 0), 0);

function deadlineOf({ spec, status }: LiveJob): number | undefined {
  const start = timeOf(status?.startTime);
  return spec.activeDeadlineSeconds === undefined || start === undefined || spec.suspend
    ? undefined
    : start + spec.activeDeadlineSeconds * 1000;
}

/** First the intent, and the end itself when no pod is on its way out: both at once where none is. */
function conditionsOf(
  job: LiveJob,
  ending: Ending | undefined,
  mustWait: boolean,
  now: number,
): JobCondition[] {
  const before = job.status?.conditions ?? [];
  const time = { lastProbeTime: timeText(now), lastTransitionTime: timeText(now) };
  const wanted: JobCondition[] = [];
  const add = (type: string, reason: string, message: string, status = 'True'): void =>
    void wanted.push({ type, status, reason, message, ...time });
  const suspended = before.find(({ type }) => type === 'Suspended');
  if (ending) {
    add(ending.kind === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', ending.reason, ending.message);
    if (!mustWait) add(ending.kind, ending.reason, ending.message);
  } else if (job.spec.suspend) add('Suspended', 'JobSuspended', 'Job suspended');
  else if (suspended?.status === 'True') add('Suspended', 'JobResumed', 'Job resumed', 'False');
  const changed = wanted.filter(
    ({ type, status }) => !before.some((old) => old.type === type && old.status === status),
  );
  return changed.length === 0 ? before : withConditions<JobCondition>(before, changed, now);
}

function startTimeOf({ spec, status }: LiveJob, now: number): Partial<JobStatus> {
  if (spec.suspend) return {};
  // Its time begins anew each time that it goes on.
  const goesOn = status?.conditions?.some(({ type, status: is }) => type === 'Suspended' && is === 'True');
  return { startTime: goesOn ? timeText(now) : (status?.startTime ?? timeText(now)) };
}

/** The API leaves out counts of none. */
const counts = (all: Record<'active' | 'succeeded' | 'failed', number>): Partial<JobStatus> =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value === 0 ? undefined : value]));

function nextIndex(completed: readonly number[], active: readonly LivePod[], skip: number): number {
  const taken = new Set([...completed, ...active.map(indexOf)]);
  let index = 0;
  for (let left = skip; taken.has(index) || left-- > 0;) index++;
  return index;
}

/** When the next pod may be made after those that failed. */
function backoffUntil(
  pods: readonly LivePod[],
  lost: readonly LivePod[],
  { spec }: LiveJob,
  failed: number,
): number {
  const ends = pods.filter((pod) => hasFailed(pod, spec)).map(endOf);
  if (failed === 0 || (ends.length === 0 && lost.length === 0)) return 0;
  return Math.max(0, ...ends) + Math.min(backoffMaxMs, backoffMs * 2 ** (failed - 1));
}

const endOf = ({ status, metadata }: LivePod): number =>
  timeOf(status?.containerStatuses?.[0]?.state?.terminated?.finishedAt) ??
  timeOf(metadata.deletionTimestamp) ??
  0;

/** A Job that is over stays for its time to live. */
function expire(job: LiveJob, now: number): Step {
  const end = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined) return { writes: [] };
  const due = (timeOf(end?.lastTransitionTime) ?? now) + ttl * 1000;
  return now < due
    ? { writes: [], lookAt: due }
    : { writes: [{ verb: 'delete', resource: kinds.jobs, object: job }] };
}

/** Lets a pod go as far as its Job is concerned. */
export const release = (pod: LivePod): Write => ({
  verb: 'update',
  resource: kinds.pods,
  object: {
    ...pod,
    metadata: {
      ...pod.metadata,
      finalizers: (pod.metadata.finalizers ?? []).filter((each) => each !== trackingFinalizer),
    },
  },
});
