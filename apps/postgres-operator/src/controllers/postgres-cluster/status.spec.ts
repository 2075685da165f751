import { describe, expect, it } from '@jest/globals';
import { resources, type Pod } from '@stateful/reconcile-sdk';
import {
  cluster,
  healthy,
  led,
  liveSet,
  noon,
  pod,
  released,
  snapshot,
} from '../../../test/snapshot-fixture.ts';
import { plan } from './plan.ts';
import { type Snapshot } from './snapshot.ts';
import { withProblems } from './status.ts';

const statusAt = (some: Snapshot) => plan(some, noon).status;
const condition = (some: Snapshot, type: string) =>
  statusAt(some).conditions?.find((entry) => entry.type === type);
const gone: Pod = { ...pod(0), metadata: { ...pod(0).metadata, deletionTimestamp: 'now' } };

describe('Ready', () => {
  it.each<[string, Snapshot, 'True' | 'False' | 'Unknown', string, string]>([
    ['a new cluster', snapshot(), 'False', 'Creating', 'have not been made'],
    [
      'the first start',
      snapshot({ statefulSet: liveSet(), pods: [pod(0, { ready: false })] }),
      'False',
      'Creating',
      'pg-0 is starting; pg-1 has no pod',
    ],
    [
      'claims of a former cluster of this name',
      snapshot({
        cluster: {
          ...cluster(),
          metadata: { ...cluster().metadata, creationTimestamp: '2026-11-24T12:00:00Z' },
        },
        statefulSet: liveSet(),
        pods: [pod(0, { ready: false })],
        volumes: [
          { metadata: { name: 'data-pg-0', creationTimestamp: '2026-11-24T11:59:59Z' } },
          { metadata: { name: 'data-pg-1', creationTimestamp: '2026-11-24T12:00:01Z' } },
        ],
      }),
      'False',
      'VolumesLeftBehind',
      'claim data-pg-0 is older than this PostgresCluster',
    ],
    ['all well', healthy(), 'True', 'Healthy', 'pg-0 is primary, all 3 instances are ready'],
    [
      'a replica that is not ready',
      healthy({ pods: [pod(0), pod(1), pod(2, { ready: false })] }),
      'False',
      'InstancesNotReady',
      '2 of 3 instances are ready, pg-0 is primary: pg-2 is starting',
    ],
    [
      'a primary that goes',
      healthy({ pods: [gone, pod(1), pod(2)] }),
      'False',
      'PrimaryMissing',
      'pg-0 is primary and not ready: is being stopped',
    ],
    [
      'a released Lease',
      healthy({
        failover: released(),
      }),
      'False',
      'FailoverInProgress',
      'pg-0 is no longer primary; another is being elected',
    ],
    [
      'an election that cannot be decided',
      healthy({
        failover: led('pg-0', {
          candidacy: { id: '7', candidate: 'pg-1', podUid: 'u', epoch: 3, blocked: 'have 1 of 2 promises' },
        }),
      }),
      'False',
      'FailoverInProgress',
      'pg-1 is being elected: have 1 of 2 promises',
    ],
    [
      'a Lease that cannot be read',
      healthy({ failover: { kind: 'unknown', why: 'garbled' } }),
      'Unknown',
      'LeaseUnreadable',
      'garbled',
    ],
    [
      'a Lease that is gone from a cluster with data',
      healthy({ failover: { kind: 'absent' }, cluster: cluster({}, { status: { systemIdentifier: '7' } }) }),
      'False',
      'PrimaryMissing',
      'the Lease of the primary is gone',
    ],
  ])('of %s', (_, some, status, reason, message) => {
    const ready = condition(some, 'Ready');
    expect(ready).toMatchObject({ status, reason });
    expect(ready?.message).toContain(message);
  });
});

describe('Progressing', () => {
  it('ends when nothing is left to do', () => {
    expect(condition(healthy(), 'Progressing')).toMatchObject({ status: 'False', reason: 'Settled' });
  });

  it('counts the instances that are still missing', () => {
    expect(condition(healthy({ pods: [pod(0)] }), 'Progressing')).toMatchObject({
      reason: 'CreatingInstances',
      message: '1 of 3 instances exist',
    });
  });

  it('says which pods to restart, the primary last', () => {
    const old = { checksum: 'old' };
    expect(condition(healthy({ pods: [pod(0, old), pod(1), pod(2, old)] }), 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'RestartPending',
      message: expect.stringContaining('pg-2, pg-0 must be restarted') as unknown,
    });
  });

  it('says which pods get replaced because they do not run', () => {
    const broken = pod(2, { checksum: 'old', ready: false, status: { phase: 'Pending' } });
    expect(
      condition(healthy({ pods: [pod(0, { checksum: 'old' }), pod(1), broken] }), 'Progressing'),
    ).toMatchObject({
      reason: 'RestartPending',
      message: 'pg-2 did not run and get new pods that take up the change',
    });
  });

  it('says what a shrink waits for', () => {
    expect(condition(healthy({ cluster: cluster({ replicas: 1 }) }), 'Progressing')).toMatchObject({
      reason: 'ShrinkHeld',
      message: expect.stringContaining('pg-1, pg-2 must leave the quorum first') as unknown,
    });
  });
});

describe('the facts in status', () => {
  it('are those of pods and Lease', () => {
    expect(statusAt(healthy())).toMatchObject({
      observedGeneration: 3,
      replicas: 3,
      readyReplicas: 3,
      selector: 'db.example.com/cluster=pg,app.kubernetes.io/component=instance',
      primary: 'pg-0',
      epoch: 2,
      timeline: 4,
      systemIdentifier: '7400000000000000001',
      instances: [
        { name: 'pg-0', role: 'primary', ready: true, node: 'node1' },
        { name: 'pg-1', role: 'replica', ready: true, node: 'node2' },
        { name: 'pg-2', role: 'replica', ready: true, node: 'node3' },
      ],
    });
  });

  it('do not forget what the cluster is while the Lease cannot be read', () => {
    const before = statusAt(healthy());
    const after = statusAt(
      healthy({ failover: { kind: 'unknown', why: 'x' }, cluster: cluster({}, { status: before }) }),
    );
    expect(after).toMatchObject({ epoch: 2, timeline: 4, systemIdentifier: '7400000000000000001' });
    expect(after.primary).toBeUndefined();
  });

  it('believe the Lease, not a label that stayed behind', () => {
    expect(statusAt(healthy({ failover: led('pg-1') })).instances?.map(({ role }) => role)).toEqual([
      'unknown',
      'primary',
      'replica',
    ]);
  });
});

describe('withProblems', () => {
  const problem = {
    resource: resources.services,
    key: { namespace: 'shop', name: 'pg-rw' },
    reason: 'ForeignObject' as const,
    message: 'exists already',
  };

  it('says in Degraded what is in the way and leaves the rest', () => {
    const status = statusAt(healthy());
    const after = withProblems(status, [problem], noon, undefined);
    expect(after.conditions?.find((entry) => entry.type === 'Degraded')).toMatchObject({
      status: 'True',
      reason: 'ForeignObject',
      message: 'Service pg-rw: exists already',
      observedGeneration: 3,
    });
    expect(after.conditions?.filter((entry) => entry.type !== 'Degraded')).toEqual(
      status.conditions?.filter((entry) => entry.type !== 'Degraded'),
    );
  });

  it('keeps the time since when it is so', () => {
    const first = withProblems(statusAt(healthy()), [problem], noon, undefined);
    const again = plan(healthy({ cluster: cluster({}, { status: first }) }), noon + 60_000).status;
    expect(withProblems(again, [problem], noon + 60_000, first).conditions).toEqual(first.conditions);
  });
});
