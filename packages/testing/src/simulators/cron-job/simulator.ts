import { type Simulator } from '../driver.ts';
import { kinds, storedAs } from '../kinds.ts';
import { type Objects } from '../objects.ts';
import { ownersAmong } from '../owners.ts';
import { stepCronJob } from './step.ts';

/** The CronJob controller. */
export const cronJobSimulator = (objects: Objects): Simulator => ({
  name: 'cronjob-controller',
  concerns: (change) =>
    change.of === storedAs(kinds.cronJobs) ? [change.key] : ownersAmong(change, 'CronJob', kinds.jobs),
  look({ namespace, name }, now) {
    const cronJob = objects.get(kinds.cronJobs, namespace, name);
    if (!cronJob?.spec) return { writes: [] };
    return stepCronJob(cronJob, objects.controlledBy(kinds.jobs, cronJob.metadata.uid), now);
  },
});
