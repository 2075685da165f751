import { type ConditionInput } from './conditions.ts';
import { type Kstatus, type StatusObject } from './kstatus.ts';

/** What the rules look at; all of it may be missing. */
interface Fields {
  metadata: { creationTimestamp?: string; generation?: number };
  spec: {
    type?: string;
    clusterIP?: string;
    replicas?: number;
    parallelism?: number;
    completions?: number;
    suspend?: boolean;
    progressDeadlineSeconds?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status: {
    phase?: string;
    startTime?: string;
    currentRevision?: string;
    updateRevision?: string;
    containerStatuses?: { name: string; state?: { waiting?: { reason?: string } } }[];
  } & Partial<Record<Count, number>>;
  conditions: readonly ConditionInput[];
  now: number;
}
type Count =
  | 'replicas'
  | 'readyReplicas'
  | 'currentReplicas'
  | 'updatedReplicas'
  | 'availableReplicas'
  | 'fullyLabeledReplicas'
  | 'desiredNumberScheduled'
  | 'currentNumberScheduled'
  | 'updatedNumberScheduled'
  | 'numberAvailable'
  | 'numberReady'
  | 'observedGeneration'
  | 'succeeded'
  | 'active'
  | 'failed';

const current = (message: string): Kstatus => ({ status: 'Current', message });
const inProgress = (message: string): Kstatus => ({ status: 'InProgress', message });
const failed = (message: string): Kstatus => ({ status: 'Failed', message });
const always = (message: string) => (): Kstatus => current(message);

/** The first pair of which less is there than should be. */
function lacking(...pairs: [word: string, is: number | undefined, should: number][]): Kstatus | undefined {
  for (const [word, is = 0, should] of pairs) if (is < should) return inProgress(`${word}: ${is}/${should}`);
  return undefined;
}

/** A pod may take so long to be scheduled. */
const scheduleWindowMs = 15_000;
const neverExceeded = 2 ** 31 - 1;

const rules: Record<string, (fields: Fields) => Kstatus> = {
  Secret: always('Resource is always ready'),
  ConfigMap: always('Resource is always ready'),
  'batch/CronJob': always('Resource is always ready'),
  'policy/PodDisruptionBudget': always('AllowedDisruptions has been computed.'),
  Service: ({ spec }) =>
    spec.type === 'LoadBalancer' && !spec.clusterIP
      ? inProgress('ClusterIP not set. Service type: LoadBalancer')
      : current('Service is ready'),
  PersistentVolumeClaim: ({ status }) =>
    status.phase === 'Bound'
      ? current('PVC is Bound')
      : inProgress(`PVC is not Bound. phase: ${status.phase ?? 'unknown'}`),
  Pod: ofPod,
  'apps/StatefulSet': ofStatefulSet,
  'apps/DaemonSet': ofDaemonSet,
  'apps/Deployment': ofDeployment,
  'apps/ReplicaSet': ofReplicaSet,
  'batch/Job': ofJob,
  'apiextensions.k8s.io/CustomResourceDefinition': ofDefinition,
};

/** The rules for kinds that tell of themselves in their own way; undefined for all others. */
export function kstatusOfBuiltIn(object: StatusObject, now: number): Kstatus | undefined {
  const group = object.apiVersion?.includes('/') ? `${object.apiVersion.split('/')[0]}/` : '';
  const rule = rules[`${group}${object.kind ?? ''}`];
  if (!rule) return undefined;
  const status = (object.status ?? {}) as Fields['status'] & { conditions?: readonly ConditionInput[] };
  return rule({
    metadata: object.metadata ?? {},
    spec: object.spec ?? {},
    status,
    conditions: status.conditions ?? [],
    now,
  });
}

function ofPod({ metadata, status, conditions, now }: Fields): Kstatus {
  const is = (type: string, wanted: string): ConditionInput | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === wanted);
  switch (status.phase) {
    case undefined:
    case '':
      return inProgress('Pod phase not available');
    case 'Succeeded':
      return current('Pod has completed successfully');
    case 'Failed':
      return current('Pod has completed, but not successfully');
    case 'Running': {
      if (is('Ready', 'True')) return current('Pod is Ready');
      const looping = (status.containerStatuses ?? []).filter(
        ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff',
      );
      return looping.length > 0
        ? failed(`Containers in CrashLoop state: ${looping.map(({ name }) => name).join(',')}`)
        : inProgress('Pod is running but is not Ready');
    }
    case 'Pending': {
      if (is('PodScheduled', 'False')?.reason !== 'Unschedulable')
        return inProgress('Pod is in the Pending phase');
      return now - Date.parse(metadata.creationTimestamp ?? '') < scheduleWindowMs
        ? inProgress('Pod has not been scheduled')
        : failed('Pod could not be scheduled');
    }
    default:
      return { status: 'Unknown', message: `unknown phase ${status.phase}` };
  }
}

function ofStatefulSet({ spec, status }: Fields): Kstatus {
  if (spec.updateStrategy?.type === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy');
  }
  const { replicas: wanted = 1 } = spec;
  const { replicas = 0, updatedReplicas = 0 } = status;
  const partition = spec.updateStrategy?.rollingUpdate?.partition;
  const few = lacking(['Replicas', replicas, wanted], ['Ready', status.readyReplicas, wanted]);
  if (few) return few;
  if (replicas > wanted) return inProgress(`Pending termination: ${replicas - wanted}`);
  if (partition !== undefined && partition !== -1) {
    return (
      lacking(['updated', updatedReplicas, wanted - partition]) ??
      current(`Partition rollout complete. updated: ${updatedReplicas}`)
    );
  }
  const behind = lacking(['current', status.currentReplicas, wanted]);
  if (behind) return behind;
  return (status.currentRevision ?? '') === (status.updateRevision ?? '')
    ? current(`All replicas scheduled as expected. Replicas: ${replicas}`)
    : inProgress('Waiting for updated revision to match current');
}

function ofDaemonSet({ metadata, status }: Fields): Kstatus {
  if (metadata.generation === undefined) return inProgress('DaemonSet metadata.generation not found');
  if (status.observedGeneration === undefined) {
    return inProgress('DaemonSet status.observedGeneration not found');
  }
  const wanted = status.desiredNumberScheduled ?? -1;
  if (wanted === -1) return inProgress('Missing .status.desiredNumberScheduled');
  return (
    lacking(
      ['Current', status.currentNumberScheduled, wanted],
      ['Updated', status.updatedNumberScheduled, wanted],
      ['Available', status.numberAvailable, wanted],
      ['Ready', status.numberReady, wanted],
    ) ?? current(`All replicas scheduled as expected. Replicas: ${wanted}`)
  );
}

function ofDeployment({ spec, status, conditions }: Fields): Kstatus {
  // Without a deadline its controller does not tell of progress.
  let isProgressing = (spec.progressDeadlineSeconds ?? neverExceeded) === neverExceeded;
  let isAvailable = false;
  for (const { type, status: is, reason } of conditions) {
    if (type === 'Progressing' && reason === 'ProgressDeadlineExceeded') {
      return failed('Progress deadline exceeded');
    }
    if (type === 'Progressing' && is === 'True' && reason === 'NewReplicaSetAvailable') isProgressing = true;
    if (type === 'Available' && is === 'True') isAvailable = true;
  }
  const { replicas: wanted = 1 } = spec;
  const { replicas = 0, updatedReplicas = 0 } = status;
  const few = lacking(['Replicas', replicas, wanted], ['Updated', updatedReplicas, wanted]);
  if (few) return few;
  if (replicas > wanted) return inProgress(`Pending termination: ${replicas - wanted}`);
  const unready = lacking(
    ['Available', status.availableReplicas, updatedReplicas],
    ['Ready', status.readyReplicas, wanted],
  );
  if (unready) return unready;
  if (!isProgressing) return inProgress('ReplicaSet not Available');
  if (!isAvailable) return inProgress('Deployment not Available');
  return current(`Deployment is available. Replicas: ${replicas}`);
}

function ofReplicaSet({ spec, status, conditions }: Fields): Kstatus {
  if (conditions.some(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True')) {
    return inProgress('Replica Failure condition. Check Pods');
  }
  const { replicas: wanted = 1 } = spec;
  const { replicas = 0 } = status;
  const few = lacking(
    ['Labelled', status.fullyLabeledReplicas, wanted],
    ['Available', status.availableReplicas, wanted],
    ['Ready', status.readyReplicas, wanted],
  );
  if (few) return few;
  return replicas > wanted
    ? inProgress(`Pending termination: ${replicas - wanted}`)
    : current(`ReplicaSet is available. Replicas: ${replicas}`);
}

function ofJob({ spec, status, conditions }: Fields): Kstatus {
  const completions = spec.completions ?? spec.parallelism ?? 1;
  const { succeeded = 0, active = 0, failed: failures = 0 } = status;
  for (const { type, status: is } of conditions) {
    if (is !== 'True') continue;
    if (type === 'Complete') return current(`Job Completed. succeeded: ${succeeded}/${completions}`);
    if (type === 'Failed') return failed(`Job Failed. failed: ${failures}/${completions}`);
    if (type === 'Suspended' && spec.suspend) return current('Job is suspended');
  }
  return status.startTime
    ? current(`Job in progress. success:${succeeded}, active: ${active}, failed: ${failures}`)
    : inProgress('Job not started');
}

function ofDefinition({ conditions }: Fields): Kstatus {
  for (const { type, status: is, reason, message } of conditions) {
    if (type === 'NamesAccepted' && is === 'False') return failed(message);
    if (type !== 'Established') continue;
    if (is === 'False' && reason !== 'Installing') return failed(message);
    if (is === 'True') return current('CRD is established');
  }
  return inProgress('Install in progress');
}
