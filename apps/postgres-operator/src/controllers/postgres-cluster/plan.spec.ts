import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxNameLength, type PostgresClusterStatus } from '@stateful/postgres-api';
import { type Plan } from '@stateful/reconcile-sdk';
import {
  backupStore,
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

type ThePlan = Plan<PostgresClusterStatus>;
const childrenOf = (result: ThePlan) => (result.children === 'leave' ? [] : result.children);
const listed = (result: ThePlan): string[] =>
  childrenOf(result).map(({ resource, object }) => `${resource.kind} ${object.metadata?.name}`);
const conditionOf = (result: ThePlan, type: string) =>
  result.status.conditions?.find((entry) => entry.type === type);

describe('plan', () => {
  it('makes accounts, passwords and configuration before what uses them', () => {
    expect(listed(plan(snapshot(), noon))).toEqual([
      'ServiceAccount pg-instance',
      'Role pg-instance',
      'RoleBinding pg-instance',
      'Secret pg-credentials',
      'ConfigMap pg-config',
      'Service pg-instances',
      'Service pg-rw',
      'Service pg-ro',
      'PodDisruptionBudget pg-instances',
      'StatefulSet pg',
    ]);
  });

  it('adds the backup when there is a store, scheduled or not', () => {
    const added = [
      'ServiceAccount pg-backup',
      'Role pg-backup',
      'RoleBinding pg-backup',
      'CronJob pg-backup',
    ];
    expect(listed(plan(snapshot({ cluster: cluster({ backupStore }) }), noon)).slice(10)).toEqual(added);
    expect(
      listed(plan(snapshot({ cluster: cluster({ backupStore, backupSchedule: '02:30' }) }), noon)).slice(10),
    ).toEqual(added);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no instance', { replicas: 0 }, 'spec.replicas'],
    ['a version of one number', { version: '16' }, 'spec.version'],
    ['a version without an image', { version: '17.99.0' }, 'spec.version'],
    ['another major version', { version: '18.1.0' }, 'spec.version'],
    ['an hour 25', { backupSchedule: '25:61', backupStore }, 'spec.backupSchedule'],
    ['a smaller volume', { storage: { size: '9Gi' } }, 'spec.storage.size'],
    ['a managed setting', { parameters: { fsync: 'off' } }, 'spec.parameters.fsync'],
    ['a restore from itself', { backupStore, restoreFrom: { cluster: 'pg' } }, 'spec.restoreFrom.cluster'],
  ])('leaves everything as it is for %s, and names the field', (_, spec, field) => {
    const result = plan(healthy({ cluster: cluster(spec) }), noon);
    expect(result.children).toBe('leave');
    expect(conditionOf(result, 'Degraded')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(conditionOf(result, 'Degraded')?.message).toContain(`${field}: `);
    // What runs is still told as it is.
    expect(conditionOf(result, 'Ready')).toMatchObject({ status: 'True', reason: 'Healthy' });
    expect(result.status.observedGeneration).toBe(3);
  });

  it('says of a cluster that never was, that its spec is why', () => {
    const result = plan(snapshot({ cluster: cluster({ version: '16' }) }), noon);
    expect(conditionOf(result, 'Ready')).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
  });

  it.each([
    ['too long', 'a'.repeat(maxNameLength + 1)],
    ['with a dot', 'my.pg'],
    ['that begins with a digit', '1pg'],
  ])('refuses a name that is %s', (_, name) => {
    const result = plan(
      snapshot({ cluster: cluster({}, { metadata: { name, namespace: 'shop', uid: 'u' } }) }),
      noon,
    );
    expect(result.children).toBe('leave');
    expect(conditionOf(result, 'Degraded')?.message).toContain('metadata.name: ');
  });

  it('keeps the volumes that were made to the letter, whatever the spec says now', () => {
    const set = liveSet();
    const live = {
      ...set,
      spec: {
        ...set.spec!,
        volumeClaimTemplates: set.spec!.volumeClaimTemplates!.map((claim) => ({
          ...claim,
          status: { phase: 'Pending' },
        })),
      },
    };
    const result = plan(
      healthy({ statefulSet: live, cluster: cluster({ storage: { size: '20Gi' } }) }),
      noon,
    );
    const planned = childrenOf(result).find(({ resource }) => resource.kind === 'StatefulSet')
      ?.object as typeof live;
    expect(planned.spec.volumeClaimTemplates).toEqual(live.spec.volumeClaimTemplates);
    expect(conditionOf(result, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'VolumeGrowthPending',
    });
  });

  it('makes nothing before it is known what to restore from, and looks again', () => {
    const restored = cluster({ backupStore, restoreFrom: { cluster: 'old' } });
    const waiting = plan(snapshot({ cluster: restored }), noon);
    expect(waiting.children).toBe('leave');
    expect(waiting.requeueAfterMs).toBe(10_000);
    expect(conditionOf(waiting, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'RestoreSourceMissing',
    });
    const source = cluster(
      {},
      { metadata: { name: 'old' }, status: { backupRepository: '/shop/old/uid-old' } },
    );
    expect(listed(plan(snapshot({ cluster: restored, restoreSource: source }), noon))).toContain(
      'StatefulSet pg',
    );
  });

  it('looks again when the last backup becomes too old', () => {
    const finishedAt = '2030-01-01T02:30:00Z';
    const lastSuccessfulBackup = { id: 'pg-backup-1', state: 'Succeeded' as const, finishedAt };
    const result = plan(
      healthy({
        cluster: cluster(
          { backupStore, backupSchedule: '02:30' },
          { status: { lastBackup: lastSuccessfulBackup, lastSuccessfulBackup } },
        ),
      }),
      noon,
    );
    expect(conditionOf(result, 'BackupHealthy')).toMatchObject({ status: 'True' });
    expect(result.requeueAfterMs).toBe(Date.parse(finishedAt) + 26 * 3_600_000 - noon);
  });
});

const anySnapshot = fc
  .record({
    name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,43}[a-z0-9])?$/),
    replicas: fc.integer({ min: -1, max: 17 }),
    version: fc.constantFrom('17.12.0', '17.13.0', '16', '99.0.0'),
    size: fc.constantFrom('1Gi', '10Gi', '20Gi', '0', '10G i'),
    schedule: fc.option(fc.constantFrom('00:00', '23:59', '24:00', '25:61'), { nil: undefined }),
    hasStore: fc.boolean(),
    synchronous: fc.option(fc.constantFrom('Required', 'Preferred', 'Never'), { nil: undefined }),
    liveReplicas: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    holder: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
    failover: fc.constantFrom<Snapshot['failover']['kind']>('absent', 'unknown', 'known'),
    pods: fc.uniqueArray(fc.integer({ min: 0, max: 14 }), { maxLength: 15 }),
  })
  .map((any): Snapshot => {
    const of = cluster(
      {
        replicas: any.replicas,
        version: any.version,
        storage: { size: any.size },
        ...(any.schedule === undefined ? {} : { backupSchedule: any.schedule }),
        ...(any.synchronous === undefined ? {} : { synchronous: any.synchronous }),
        ...(any.hasStore ? { backupStore } : {}),
      },
      { metadata: { name: any.name, namespace: 'shop', uid: 'uid', generation: 1 } },
    );
    return snapshot({
      cluster: of,
      ...(any.liveReplicas === undefined ? {} : { statefulSet: liveSet(any.liveReplicas, cluster()) }),
      pods: any.pods.map((ordinal) => ({
        ...pod(ordinal),
        metadata: { ...pod(ordinal).metadata, name: `${any.name}-${ordinal}` },
      })),
      failover:
        any.failover === 'known'
          ? any.holder === undefined
            ? released()
            : led(`${any.name}-${any.holder}`)
          : any.failover === 'unknown'
            ? { kind: 'unknown', why: 'test' }
            : { kind: 'absent' },
    });
  });

describe('every plan', () => {
  it('is a function of its snapshot alone, and changes nothing in it', () => {
    fc.assert(
      fc.property(anySnapshot, (some) => {
        // The snapshot is frozen: a plan that wrote into it would throw.
        const once = JSON.stringify(plan(some, noon));
        expect(JSON.stringify(plan(structuredClone(some), noon))).toBe(once);
      }),
    );
  });

  it('changes no child unless the spec is valid', () => {
    fc.assert(
      fc.property(anySnapshot, (some) => {
        const result = plan(some, noon);
        const isDegraded = conditionOf(result, 'Degraded')?.status === 'True';
        expect(result.children === 'leave').toBe(isDegraded);
      }),
    );
  });

  it('reaches a fixed point: with its own status in place it plans the same status', () => {
    fc.assert(
      fc.property(anySnapshot, (some) => {
        const { status } = plan(some, noon);
        const later = plan({ ...some, cluster: { ...some.cluster, status } }, noon + 60_000);
        expect(JSON.stringify(later.status)).toBe(JSON.stringify(status));
      }),
    );
  });

  it('never removes the primary, and no instance while it is not known who is', () => {
    fc.assert(
      fc.property(anySnapshot, (some) => {
        const set = childrenOf(plan(some, noon)).find(({ resource }) => resource.kind === 'StatefulSet')
          ?.object as { spec: { replicas: number } } | undefined;
        const now = some.statefulSet?.spec?.replicas;
        if (!set || now === undefined || set.spec.replicas >= now) return;
        expect(some.failover.kind).not.toBe('unknown');
        if (some.failover.kind !== 'known') return;
        const name = some.cluster.metadata?.name ?? '';
        const kept = Array.from({ length: set.spec.replicas }, (_, ordinal) => `${name}-${ordinal}`);
        expect(kept).toContain(some.failover.holder);
      }),
    );
  });

  it('gives names that Kubernetes accepts, however long the name of the cluster', () => {
    fc.assert(
      fc.property(anySnapshot, (some) => {
        for (const { resource, object } of childrenOf(plan(some, noon))) {
          const name = object.metadata?.name ?? '';
          const limit = ({ CronJob: 52, StatefulSet: 52 } as Record<string, number>)[resource.kind] ?? 63;
          expect(name.length).toBeLessThanOrEqual(limit);
          expect(name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
          for (const value of Object.values(object.metadata?.labels ?? {})) {
            expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
          }
        }
      }),
    );
  });
});
