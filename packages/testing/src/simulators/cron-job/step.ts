import { Cron } from 'croner';
import { type CronJob, type Job } from '@stateful/reconcile-sdk';
import { timeText } from '../../api-server/metadata.ts';
import { kinds, type Live } from '../kinds.ts';
import { controlledByThis, isGoing, timeOf } from '../meta.ts';
import { statusWrite, type Step, type Write } from '../writes.ts';
import { conditionOf, isFinished } from '../job/job.ts';

type LiveJob = Live<Job>;
export type LiveCronJob = Omit<Live<CronJob>, 'spec'> & { readonly spec: NonNullable<CronJob['spec']> };
type Status = NonNullable<CronJob['status']>;

/** One look of the CronJob controller: pure. */
export function stepCronJob(cronJob: LiveCronJob, jobs: readonly LiveJob[], now: number): Step {
  const { spec } = cronJob;
  if (isGoing(cronJob)) return { writes: [] };
  const before: Status = cronJob.status ?? {};
  const running = jobs.filter((job) => !isFinished(job as never));
  const done = jobs
    .filter((job) => conditionOf(job as never, 'Complete'))
    .map((job) => job.status?.completionTime ?? '');
  const lastSuccessful = [before.lastSuccessfulTime ?? '', ...done].sort().at(-1);
  const surplus = [
    ...oldest(
      jobs.filter((job) => conditionOf(job as never, 'Complete')),
      spec.successfulJobsHistoryLimit ?? 3,
    ),
    ...oldest(
      jobs.filter((job) => conditionOf(job as never, 'Failed')),
      spec.failedJobsHistoryLimit ?? 1,
    ),
  ];
  const due = dueTime(cronJob, now);
  const isTimely =
    due !== undefined &&
    (spec.startingDeadlineSeconds === undefined || now <= due + spec.startingDeadlineSeconds * 1000);
  const isForbidden = spec.concurrencyPolicy === 'Forbid' && running.length > 0;
  const starts = isTimely && !spec.suspend && !isForbidden;
  const replaced = starts && spec.concurrencyPolicy === 'Replace' ? running : [];
  const status: Status = {
    ...before,
    ...(starts ? { lastScheduleTime: timeText(due) } : {}),
    ...(lastSuccessful ? { lastSuccessfulTime: lastSuccessful } : {}),
  };
  // A reference stays as it was made, though the Job has moved on.
  const active = running
    .filter((job) => !replaced.includes(job))
    .map((job) => before.active?.find(({ uid }) => uid === job.metadata.uid) ?? referenceTo(job));
  delete status.active;
  if (active.length > 0) status.active = active;
  const writes: Write[] = [
    ...[...surplus, ...replaced].map((object): Write => ({
      verb: 'delete',
      resource: kinds.jobs,
      object: object,
    })),
    ...(starts ? [jobAt(cronJob, due)] : []),
    ...statusWrite(kinds.cronJobs, cronJob, status),
  ];
  return { writes, lookAt: spec.suspend ? undefined : nextTime(spec, now) };
}

const schedule = ({ schedule: pattern, timeZone }: LiveCronJob['spec']): Cron =>
  new Cron(pattern, { paused: true, timezone: timeZone ?? 'Etc/UTC' });

const nextTime = (spec: LiveCronJob['spec'], now: number): number | undefined =>
  schedule(spec).nextRun(new Date(now))?.getTime();

/** The newest time that it should have run at and has not. */
function dueTime({ spec, status, metadata }: LiveCronJob, now: number): number | undefined {
  const since = timeOf(status?.lastScheduleTime) ?? timeOf(metadata.creationTimestamp) ?? now;
  const [newest] = schedule(spec).previousRuns(1, new Date(now + 1_000));
  const time = newest?.getTime();
  return time !== undefined && time > since && time <= now ? time : undefined;
}

/** Those of the finished ones that are beyond the limit, the oldest first. */
const oldest = (jobs: LiveJob[], limit: number): LiveJob[] =>
  [...jobs]
    .sort(
      (a, b) =>
        (timeOf(a.status?.startTime) ?? 0) - (timeOf(b.status?.startTime) ?? 0) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )
    .slice(0, Math.max(0, jobs.length - limit));

function jobAt(cronJob: LiveCronJob, time: number): Write {
  const { jobTemplate, timeZone } = cronJob.spec;
  const { name, namespace } = cronJob.metadata;
  const object: Job = {
    metadata: {
      // Minutes since the epoch: a second job for the same time has the same name.
      name: `${name}-${Math.floor(time / 60_000)}`,
      namespace: namespace!,
      ...(jobTemplate.metadata?.labels ? { labels: jobTemplate.metadata.labels } : {}),
      annotations: {
        ...jobTemplate.metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': zoned(time, timeZone),
      },
      ownerReferences: [controlledByThis(cronJob)],
    },
    ...(jobTemplate.spec ? { spec: jobTemplate.spec } : {}),
  };
  return { verb: 'create', resource: kinds.jobs, object };
}

/** A time as a clock on the wall of a zone shows it, with the distance from UTC. */
function zoned(time: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return timeText(time);
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(
    time,
  );
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
  if (offset === '') return timeText(time);
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  const distance = (hours * 60 + minutes) * 60_000 * (offset.startsWith('-') ? -1 : 1);
  return `${new Date(time + distance).toISOString().slice(0, 19)}${offset}`;
}

const referenceTo = ({ apiVersion, kind, metadata }: LiveJob) => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace!,
  resourceVersion: metadata.resourceVersion,
  uid: metadata.uid,
});
