import { type Pod } from '@stateful/reconcile-sdk';
import { type Shape } from './shape.ts';

type EnvVar = NonNullable<NonNullable<Pod['spec']>['containers'][number]['env']>[number];

const field = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } },
});

/** What every pod of ours is told about itself. */
export const podEnvironment = ({ name, uid }: Shape): EnvVar[] => [
  field('POD_NAME', 'metadata.name'),
  field('POD_NAMESPACE', 'metadata.namespace'),
  field('POD_UID', 'metadata.uid'),
  { name: 'CLUSTER_NAME', value: name },
  // Owner of what the agents make, so that it goes with the cluster.
  { name: 'CLUSTER_UID', value: uid },
];

export const podAddress: EnvVar = field('POD_IP', 'status.podIP');
/** A Job puts its own name on its pods. */
export const jobName: EnvVar = field('JOB_NAME', "metadata.labels['batch.kubernetes.io/job-name']");
