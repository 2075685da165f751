import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('The kinds of the etcd backup operator');
// Each call starts a kubectl, which takes its time on a busy machine.
jest.setTimeout(60_000);
const apiVersion = 'db.example.com/v1alpha1';
const endpoints = ['http://etcd-0.etcd:2379'];
const storeRef = { name: 'archive' };
const backup = { cluster: { endpoints }, storeRef };
const volumes = { cluster: { endpoints }, method: 'EbsVolume', ebs: { volumeIDs: ['vol-0a'] } };
const schedule = { schedule: 'H 2 * * *', template: backup };
const target = {
  image: 'etcd:3.6.5',
  members: [{ name: 'a', peerURL: 'http://a:2380', claim: 'data-a' }],
};
const restore = { source: { backupRef: { name: 'b' } }, mode: 'NewCluster', target };
const s3 = { bucket: 'backups' };

/** kind, what, spec, and for a refused one a part of what the server says. */
const cases: [kind: string, what: string, spec: object, refusal?: string][] = [
  ['EtcdBackup', 'the smallest', backup],
  ['EtcdBackup', 'volumes without a store', volumes],
  ['EtcdBackup', 'no cluster', { storeRef }, 'spec.cluster: Required value'],
  ['EtcdBackup', 'no store', { cluster: { endpoints } }, 'method `Snapshot` needs a `storeRef` or a `store`'],
  ['EtcdBackup', 'two stores', { ...backup, store: { s3 } }, 'at most one of `storeRef` and `store`'],
  ['EtcdBackup', 'nowhere to ask', { ...backup, cluster: {} }, 'exactly one of `endpoints` and `serviceRef`'],
  [
    'EtcdBackup',
    'two places to ask',
    { ...backup, cluster: { endpoints, serviceRef: { name: 'etcd' } } },
    'exactly one of `endpoints` and `serviceRef`',
  ],
  ['EtcdBackup', 'no endpoint', { ...backup, cluster: { endpoints: [] } }, 'spec.cluster.endpoints'],
  [
    'EtcdBackup',
    'an endpoint twice',
    { ...backup, cluster: { endpoints: [...endpoints, ...endpoints] } },
    'Duplicate value',
  ],
  [
    'EtcdBackup',
    'an endpoint that is no URL',
    { ...backup, cluster: { endpoints: ['etcd:2379'] } },
    'spec.cluster.endpoints[0]',
  ],
  [
    'EtcdBackup',
    'a cluster ID in capitals',
    { ...backup, cluster: { endpoints, expectedClusterID: 'CDF8' } },
    'expectedClusterID',
  ],
  [
    'EtcdBackup',
    'an unknown method',
    { ...backup, method: 'Copy' },
    'supported values: "Snapshot", "EbsVolume"',
  ],
  [
    'EtcdBackup',
    'ebs for a snapshot',
    { ...backup, ebs: volumes.ebs },
    '`ebs` must be set with method `EbsVolume`',
  ],
  [
    'EtcdBackup',
    'volumes without ebs',
    { ...volumes, ebs: undefined },
    '`ebs` must be set with method `EbsVolume`',
  ],
  ['EtcdBackup', 'snapshot for volumes', { ...volumes, snapshot: {} }, '`snapshot` must be set with method'],
  [
    'EtcdBackup',
    'no volumes',
    { ...volumes, ebs: { region: 'eu-central-1' } },
    'spec.ebs.volumeIDs: Required value',
  ],
  [
    'EtcdBackup',
    'a member of choice without its name',
    { ...backup, snapshot: { member: 'Endpoint' } },
    '`endpoint` must be set with member `Endpoint`',
  ],
  [
    'EtcdBackup',
    'a named member of choice',
    { ...backup, snapshot: { member: 'Endpoint', endpoint: endpoints[0] } },
  ],
  ['EtcdBackup', 'no attempt', { ...backup, retry: { maxAttempts: 0 } }, 'spec.retry.maxAttempts'],
  ['BackupStore', 'the smallest', { s3 }],
  ['BackupStore', 'a bucket of two letters', { s3: { bucket: 'ab' } }, 'spec.s3.bucket'],
  ['BackupStore', 'a bucket in capitals', { s3: { bucket: 'Backups' } }, 'spec.s3.bucket'],
  ['BackupStore', 'an endpoint with a path', { s3: { ...s3, endpoint: 'https://h/p' } }, 'spec.s3.endpoint'],
  [
    'BackupStore',
    'credentials that are none',
    { s3: { ...s3, credentials: {} } },
    'exactly one of `secretRef` and `assumeRole`',
  ],
  [
    'BackupStore',
    'a KMS key without KMS',
    { s3: { ...s3, encryption: { mode: 'S3', kmsKeyID: 'k' } } },
    '`kmsKeyID` must be set with mode `KMS` only',
  ],
  ['BackupStore', 'parts below the smallest of S3', { s3: { ...s3, partSizeMiB: 4 } }, 'spec.s3.partSizeMiB'],
  [
    'BackupStore',
    'nine tags',
    { s3: { ...s3, tags: Object.fromEntries([...'abcdefghi'].map((k) => [k, k])) } },
    'spec.s3.tags',
  ],
  ['EtcdBackupSchedule', 'the smallest', schedule],
  ['EtcdBackupSchedule', 'a word for a schedule', { ...schedule, schedule: '@daily' }],
  ['EtcdBackupSchedule', 'four fields', { ...schedule, schedule: '0 2 * *' }, 'spec.schedule'],
  [
    'EtcdBackupSchedule',
    'a template without a store',
    { ...schedule, template: { cluster: { endpoints } } },
    'needs a `storeRef` or a `store`',
  ],
  [
    'EtcdBackupSchedule',
    'retention that says nothing',
    { ...schedule, retention: {} },
    'at least one of `keepLast`',
  ],
  [
    'EtcdBackupSchedule',
    'retention without a verified one',
    { ...schedule, retention: { keepLast: 1, keepVerifiedMin: 0 } },
    'keepVerifiedMin',
  ],
  ['EtcdRestore', 'the smallest', restore],
  ['EtcdRestore', 'a drill', { source: restore.source, mode: 'Drill' }],
  [
    'EtcdRestore',
    'no source',
    { ...restore, source: {} },
    'exactly one of `backupRef`, `schedule`, `object`',
  ],
  [
    'EtcdRestore',
    'two sources',
    { ...restore, source: { backupRef: { name: 'b' }, schedule: { name: 's' } } },
    'exactly one of `backupRef`, `schedule`, `object`',
  ],
  [
    'EtcdRestore',
    'no target',
    { ...restore, target: undefined },
    '`target` must be set, except with mode `Drill`',
  ],
  [
    'EtcdRestore',
    'in place, not confirmed',
    { ...restore, mode: 'InPlace' },
    'needs `safety.confirmClusterID`',
  ],
  ['EtcdRestore', 'in place', { ...restore, mode: 'InPlace', safety: { confirmClusterID: 'a1' } }],
  [
    'EtcdRestore',
    'before no time',
    { ...restore, source: { schedule: { name: 's', pick: 'Before' } } },
    '`time` must be set with pick `Before`',
  ],
  [
    'EtcdRestore',
    'before a time',
    { ...restore, source: { schedule: { name: 's', pick: 'Before', time: '2030-01-01T00:00:00Z' } } },
  ],
  [
    'EtcdRestore',
    'at no revision',
    { ...restore, source: { schedule: { name: 's', pick: 'AtOrBelowRevision' } } },
    '`revision` must be set with pick `AtOrBelowRevision`',
  ],
  [
    'EtcdRestore',
    'a fixed bump without one',
    { ...restore, revision: { policy: 'Fixed' } },
    '`bump` must be set',
  ],
  [
    'EtcdRestore',
    'an object of no store',
    { ...restore, source: { object: { key: 'k' } } },
    'exactly one of `storeRef`, `store` must be set',
  ],
];

(isPossible ? describe : describe.skip)('the API server', () => {
  let world: Plane;
  let refusals: ReadonlyMap<string, string>;
  beforeAll(async () => {
    world = await startPlane();
    refusals = await world.refusals(
      cases.map(([kind, , spec], index) => ({
        apiVersion,
        kind,
        metadata: { name: `case-${index}`, namespace: 'default' },
        spec,
      })),
    );
  }, firstStartTimeoutMs);
  afterAll(() => world?.stop());

  it.each(cases.map(([kind, what, , refusal = 'accepted'], index) => [kind, what, refusal, index] as const))(
    '%s, %s: %s',
    (_kind, _what, says, index) => {
      const refusal = refusals.get(`case-${index}`) ?? 'accepted';
      expect(refusal).toContain(says);
    },
  );

  const folders = [
    new URL('../examples/', import.meta.url),
    new URL('../../backup-store-api/examples/', import.meta.url),
  ];
  it.each(
    folders.flatMap((folder) => readdirSync(folder).map((file) => [file, new URL(file, folder).pathname])),
  )('takes the examples of %s', async (_file, path) => {
    const said = await world.kubectl('apply', '--server-side', '--validate=strict', '--filename', path);
    expect(said.trim().split('\n')).toHaveLength(readFileSync(path, 'utf8').split(/^---$/m).length);
  });

  it('lets nothing of a backup change but what becomes of it', async () => {
    const patch = (spec: object) =>
      world.kubectl('patch', 'etcdbackup', 'smallest', '--type=merge', '--patch', JSON.stringify({ spec }));
    await patch({ hold: true, deletionPolicy: 'Delete', ttlSecondsAfterFinished: 60 });
    for (const [field, value] of Object.entries({
      cluster: { endpoints: ['http://other:2379'] },
      snapshot: { maxRaftLag: 1 },
      storeRef: { name: 'other' },
      activeDeadlineSeconds: 99,
    })) {
      await expect(patch({ [field]: value })).rejects.toThrow(`\`${field}\` cannot be changed`);
    }
  });
});
