import { describe, expect, it } from '@jest/globals';
import { backupStore, cluster, healthy, liveSet, noon, snapshot } from '../../../../test/snapshot-fixture.ts';
import { plan } from '../plan.ts';
import { type Snapshot } from '../snapshot.ts';
import { podTemplate, templateChecksum } from './pod-template.ts';
import { shapeOf } from './shape.ts';

const children = (some: Snapshot) => {
  const planned = plan(some, noon).children;
  return planned === 'leave' ? [] : planned;
};
const full = snapshot({
  cluster: cluster({
    backupStore,
    backupSchedule: '02:30',
    parameters: { work_mem: '64MB', max_connections: '200' },
    storage: { size: '10Gi', class: 'fast' },
  }),
});

describe('children', () => {
  it.each(
    children(full).map((desired) => [`${desired.resource.kind} ${desired.object.metadata?.name}`, desired]),
  )('%s', (_, desired) => {
    const { object, createOnly } = desired as ReturnType<typeof children>[number];
    expect({ ...object, ...(createOnly ? { createOnly } : {}) }).toMatchSnapshot();
  });
});

describe('the credentials', () => {
  const secretOf = (some: Snapshot) => children(some).find(({ resource }) => resource.kind === 'Secret');
  const decoded = (some: Snapshot, key: string) =>
    Buffer.from(
      (secretOf(some)?.object as { data?: Record<string, string> }).data?.[key] ?? '',
      'base64',
    ).toString();

  it('are made once', () => {
    expect(secretOf(snapshot())?.createOnly).toBe(true);
    expect(decoded(snapshot(), 'uri')).toBe(
      'postgresql://app:secret@pg-rw.shop.svc:5432/app?target_session_attrs=read-write',
    );
  });

  it('that exist are passed on, never replaced by new or empty ones', () => {
    const data = { password: 'b2xk' };
    expect(secretOf(snapshot({ credentials: { live: { type: 'Opaque', data } } }))?.object).toMatchObject({
      data,
    });
  });
});

describe('the pod template', () => {
  const checksumOf = (spec: object) =>
    templateChecksum(podTemplate(shapeOf(cluster(spec), cluster(spec).spec, 'image')));

  it.each([
    ['settings', { parameters: { work_mem: '1MB' } }],
    ['replicas', { replicas: 5 }],
    ['the schedule', { backupStore, backupSchedule: '05:00' }, { backupStore }],
    ['retention', { backupRetention: '1m' }],
    ['synchronous', { synchronous: 'Never' }],
    ['the size of volumes', { storage: { size: '20Gi' } }],
    ['bucket and endpoint', { backupStore: { ...backupStore, bucket: 'other' } }, { backupStore }],
  ])('does not change with %s, which needs no restart', (_, spec, from: object = {}) => {
    expect(checksumOf(spec)).toBe(checksumOf(from));
  });

  it('changes with the store’s Secret, which is mounted', () => {
    expect(checksumOf({ backupStore })).not.toBe(checksumOf({}));
  });

  it('meets the restricted Pod Security Standard', () => {
    const { spec } = podTemplate(shapeOf(cluster(), cluster().spec, 'image'));
    expect(spec?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec?.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const allowed = [
      'configMap',
      'csi',
      'downwardAPI',
      'emptyDir',
      'ephemeral',
      'persistentVolumeClaim',
      'projected',
      'secret',
    ];
    for (const { name: _name, ...source } of spec?.volumes ?? []) {
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(source)));
    }
  });
});

describe('the StatefulSet', () => {
  it('says when a change removes instances', () => {
    const set = children(healthy()).find(({ resource }) => resource.kind === 'StatefulSet');
    expect(set?.shrinks?.(liveSet(5))).toBe(true);
    expect(set?.shrinks?.(liveSet(3))).toBe(false);
    expect(set?.shrinks?.(liveSet(1))).toBe(false);
  });
});
