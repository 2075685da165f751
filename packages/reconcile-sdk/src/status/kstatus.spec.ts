import { describe, expect, it } from '@jest/globals';
import { conditionsFrom, kstatusOf, readyFrom, reconcilingCondition, stalledCondition } from './index.ts';

const condition = (type: string, status: string, reason = 'R') => ({ type, status, reason, message: 'm' });
const kind = (apiVersion: string, name: string, spec: object, status: object, metadata: object = {}) => ({
  apiVersion,
  kind: name,
  metadata: { generation: 1, ...metadata },
  spec,
  status: { observedGeneration: 1, ...status },
});
const custom = (conditions: object[], status: object = {}, metadata: object = {}) =>
  kind('example.com/v1', 'Web', {}, { ...status, conditions }, metadata);
const created = Date.UTC(2030, 0, 1);
const unschedulable = kind(
  'v1',
  'Pod',
  {},
  { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] },
  { creationTimestamp: new Date(created).toISOString() },
);
const full = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, currentReplicas: 3 };

// The cases of kstatus' own tests, kind by kind.
describe('kstatusOf', () => {
  it.each([
    ['says nothing', { apiVersion: 'example.com/v1', kind: 'Web' }, 'Current'],
    ['goes', custom([condition('Ready', 'True')], {}, { deletionTimestamp: 'x' }), 'Terminating'],
    ['old generation', custom([condition('Ready', 'True')], { observedGeneration: 0 }), 'InProgress'],
    ['Reconciling', custom([condition('Ready', 'True'), condition('Reconciling', 'True')]), 'InProgress'],
    ['not Reconciling', custom([condition('Reconciling', 'False'), condition('Ready', 'True')]), 'Current'],
    ['Stalled', custom([condition('Stalled', 'True'), condition('Reconciling', 'True')]), 'Failed'],
    ['not Ready', custom([condition('Ready', 'False')]), 'InProgress'],
    ['Ready Unknown', custom([condition('Ready', 'Unknown')]), 'InProgress'],
    ['Ready', custom([condition('Other', 'False'), condition('Ready', 'True')]), 'Current'],
    ['other conditions only', custom([condition('Other', 'False')]), 'Current'],

    ['ConfigMap', kind('v1', 'ConfigMap', {}, {}), 'Current'],
    ['balancer without address', kind('v1', 'Service', { type: 'LoadBalancer' }, {}), 'InProgress'],
    ['balancer', kind('v1', 'Service', { type: 'LoadBalancer', clusterIP: '1.2.3.4' }, {}), 'Current'],
    ['claim pending', kind('v1', 'PersistentVolumeClaim', {}, { phase: 'Pending' }), 'InProgress'],
    ['claim bound', kind('v1', 'PersistentVolumeClaim', {}, { phase: 'Bound' }), 'Current'],

    ['pod new', kind('v1', 'Pod', {}, {}), 'InProgress'],
    [
      'pod ready',
      kind('v1', 'Pod', {}, { phase: 'Running', conditions: [condition('Ready', 'True')] }),
      'Current',
    ],
    ['pod not ready', kind('v1', 'Pod', {}, { phase: 'Running' }), 'InProgress'],
    [
      'pod loops',
      kind(
        'v1',
        'Pod',
        {},
        {
          phase: 'Running',
          containerStatuses: [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        },
      ),
      'Failed',
    ],
    ['pod done', kind('v1', 'Pod', {}, { phase: 'Succeeded' }), 'Current'],
    ['pod failed', kind('v1', 'Pod', {}, { phase: 'Failed' }), 'Current'],
    ['pod odd', kind('v1', 'Pod', {}, { phase: 'Odd' }), 'Unknown'],

    ['set scaling up', kind('apps/v1', 'StatefulSet', { replicas: 4 }, full), 'InProgress'],
    ['set scaling down', kind('apps/v1', 'StatefulSet', { replicas: 2 }, full), 'InProgress'],
    [
      'set not ready',
      kind('apps/v1', 'StatefulSet', { replicas: 3 }, { ...full, readyReplicas: 2 }),
      'InProgress',
    ],
    [
      'set of two revisions',
      kind('apps/v1', 'StatefulSet', { replicas: 3 }, { ...full, currentRevision: 'a', updateRevision: 'b' }),
      'InProgress',
    ],
    ['set', kind('apps/v1', 'StatefulSet', { replicas: 3 }, full), 'Current'],
    [
      'set by hand',
      kind('apps/v1', 'StatefulSet', { replicas: 9, updateStrategy: { type: 'OnDelete' } }, full),
      'Current',
    ],
    [
      'set partitioned',
      kind(
        'apps/v1',
        'StatefulSet',
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        { ...full, updatedReplicas: 1, currentReplicas: 2 },
      ),
      'Current',
    ],

    ['daemons unseen', kind('apps/v1', 'DaemonSet', {}, {}), 'InProgress'],
    [
      'daemons',
      kind(
        'apps/v1',
        'DaemonSet',
        {},
        {
          desiredNumberScheduled: 2,
          currentNumberScheduled: 2,
          updatedNumberScheduled: 2,
          numberAvailable: 2,
          numberReady: 2,
        },
      ),
      'Current',
    ],
    ['deployment', deployment([condition('Available', 'True')]), 'Current'],
    ['deployment not available', deployment([]), 'InProgress'],
    [
      'deployment late',
      deployment([condition('Progressing', 'False', 'ProgressDeadlineExceeded')]),
      'Failed',
    ],
    ['deployment unproven', deployment([condition('Available', 'True')], 600), 'InProgress'],
    [
      'deployment proven',
      deployment(
        [condition('Available', 'True'), condition('Progressing', 'True', 'NewReplicaSetAvailable')],
        600,
      ),
      'Current',
    ],
    [
      'replicas',
      kind('apps/v1', 'ReplicaSet', { replicas: 3 }, { ...full, fullyLabeledReplicas: 3 }),
      'Current',
    ],
    ['replicas few', kind('apps/v1', 'ReplicaSet', { replicas: 3 }, full), 'InProgress'],

    ['job new', kind('batch/v1', 'Job', {}, {}), 'InProgress'],
    ['job running', kind('batch/v1', 'Job', {}, { startTime: 'x' }), 'Current'],
    ['job done', kind('batch/v1', 'Job', {}, { conditions: [condition('Complete', 'True')] }), 'Current'],
    ['job failed', kind('batch/v1', 'Job', {}, { conditions: [condition('Failed', 'True')] }), 'Failed'],
    ['crd', definition([condition('Established', 'True')]), 'Current'],
    ['crd new', definition([condition('Established', 'False', 'Installing')]), 'InProgress'],
    ['crd named twice', definition([condition('NamesAccepted', 'False')]), 'Failed'],
  ] as const)('%s', (_, object, status) => {
    expect(kstatusOf(object as never).status).toBe(status);
  });

  it('gives a pod 15 s to be scheduled', () => {
    expect(kstatusOf(unschedulable, created + 14_000).status).toBe('InProgress');
    expect(kstatusOf(unschedulable, created + 16_000).status).toBe('Failed');
  });

  it('understands what the helpers here write', () => {
    const of = (...inputs: Parameters<typeof conditionsFrom>[1]) =>
      kstatusOf(custom(conditionsFrom(undefined, [readyFrom(inputs), ...inputs], 1, created))).status;
    expect(of()).toBe('Current');
    expect(of(reconcilingCondition('Upgrading', 'to 17'))).toBe('InProgress');
    expect(of(stalledCondition('InvalidSpec', 'no'))).toBe('Failed');
    expect(of({ type: 'Available', status: 'False', reason: 'NoPods', message: 'no' })).toBe('InProgress');
  });

  function deployment(conditions: object[], progressDeadlineSeconds?: number) {
    return kind(
      'apps/v1',
      'Deployment',
      { replicas: 3, ...(progressDeadlineSeconds ? { progressDeadlineSeconds } : {}) },
      { ...full, conditions },
    );
  }

  function definition(conditions: object[]) {
    return kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}, { conditions });
  }
});
