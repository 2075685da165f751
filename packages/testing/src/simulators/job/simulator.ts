import { controllerOf, type KubeObject } from '@stateful/reconcile-sdk';
import { type Simulator } from '../driver.ts';
import { kinds, storedAs } from '../kinds.ts';
import { type Objects } from '../objects.ts';
import { ownersAmong } from '../owners.ts';
import { isCounted, type LiveJob } from './job.ts';
import { release, stepJob } from './step.ts';

/** The Job controller; pods whose Job is gone are let go. */
export const jobSimulator = (objects: Objects): Simulator => ({
  name: 'job-controller',
  concerns: (change) =>
    change.of === storedAs(kinds.jobs) ? [change.key] : ownersAmong(change, 'Job', kinds.pods),
  look(key, now) {
    const job = objects.get(kinds.jobs, key.namespace, key.name);
    const orphans = objects
      .list(kinds.pods, key.namespace)
      .filter(
        (pod) =>
          !isCounted(pod) &&
          isOf(pod, key.name) &&
          controllerOf(pod as KubeObject)?.uid !== job?.metadata.uid,
      );
    if (!job?.spec) return { writes: orphans.map(release) };
    const step = stepJob(job as LiveJob, objects.controlledBy(kinds.pods, job.metadata.uid), now);
    return { ...step, writes: [...step.writes, ...orphans.map(release)] };
  },
});

const isOf = (pod: KubeObject, job: string): boolean => {
  const owner = controllerOf(pod);
  return owner?.kind === 'Job' && owner.name === job;
};
