import { names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { podLabels } from '../labels.ts';
import { jobName, podEnvironment } from './pod-environment.ts';
import { containerSecurityContext, podSecurityContext } from './pod-security.ts';
import { metadataOf, type Shape } from './shape.ts';

/** Within this time after its hour a backup that was missed is still made; after it, the next one counts. */
const startingDeadlineSeconds = 6 * 3600;
/** A backup that takes longer is ended as failed, so that it cannot hold up every later one. */
const activeDeadlineSeconds = 12 * 3600;

/**
 * Asks for a backup every day. Without a schedule it is suspended rather than absent: `kubectl create job
 * --from=cronjob/NAME-backup` makes a backup at any time, and the Jobs of former ones stay.
 */
export function backupCronJob(shape: Shape): DesiredChild {
  const { name, spec } = shape;
  const [hour = 0, minute = 0] = (spec.backupSchedule ?? '00:00').split(':').map(Number);
  const labels = podLabels(name, 'backup');
  return child(resources.cronJobs, {
    metadata: metadataOf(shape, names.backup(name)),
    spec: {
      schedule: `${minute} ${hour} * * *`,
      timeZone: 'Etc/UTC',
      suspend: spec.backupSchedule === undefined,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          // The agents resume and lock by themselves; three attempts bridge a failover in the middle.
          backoffLimit: 2,
          activeDeadlineSeconds,
          template: { metadata: { labels }, spec: backupPodSpec(shape) },
        },
      },
    },
  });
}

const backupPodSpec = (shape: Shape) => ({
  serviceAccountName: names.backup(shape.name),
  automountServiceAccountToken: true,
  enableServiceLinks: false,
  restartPolicy: 'Never',
  securityContext: podSecurityContext,
  containers: [
    {
      name: 'backup',
      image: shape.image,
      imagePullPolicy: 'IfNotPresent',
      args: ['backup'],
      env: [...podEnvironment(shape), jobName],
      resources: { requests: { cpu: '10m', memory: '64Mi' } },
      securityContext: containerSecurityContext,
      terminationMessagePolicy: 'FallbackToLogsOnError',
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    },
  ],
  volumes: [{ name: 'tmp', emptyDir: {} }],
});
