import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { startEc2, startEc2Proxy } from '@stateful/images';
import { resources } from '@stateful/reconcile-sdk';
import { condition, namespace } from '../backup-world.ts';
import { type ProcessWorld } from './process-world.ts';

/** A kind of backup that an operator is killed over, and how one knows that all is well in the end. */
export interface Subject {
  readonly name: string;
  create(name: string): Promise<EtcdBackup>;
  /** What is not as it has to be at the end of a backup. */
  problemsOf(backup: EtcdBackup): Promise<string[]>;
  /** Makes room. */
  remove(backup: EtcdBackup): Promise<void>;
  stop(): Promise<void>;
}

type Expect = (is: boolean, what: string) => void;

/** What holds for all kinds: it succeeds, by one request, and no kill costs an attempt. */
async function checked(backup: EtcdBackup, check: (expect: Expect) => Promise<void>): Promise<string[]> {
  const { metadata, status } = backup;
  const problems: string[] = [];
  const expect: Expect = (is, what) => void (is || problems.push(`${metadata?.name}: ${what}`));
  const request = status?.lastBackupRequest;
  expect(condition(backup)?.status === 'True', `it did not succeed: ${JSON.stringify(condition(backup))}`);
  expect(request?.opID === metadata?.uid, `its ledger is about ${request?.opID}`);
  expect(request?.state === 'Settled', `its ledger ends as ${request?.state}`);
  expect(request?.attempt === 1, `it took ${request?.attempt} attempts`);
  expect(status?.operation?.id.endsWith('-1') ?? false, `its operation is ${status?.operation?.id}`);
  await check(expect);
  return problems;
}

/** Snapshots by etcd: exactly one object and one manifest, no open upload. */
export const snapshots = (world: ProcessWorld): Subject => ({
  name: 'Snapshot',
  create: (name) => world.create(name),
  problemsOf: (backup) =>
    checked(backup, async (expect) => {
      const { metadata, status } = backup;
      const { keys, uploads } = await world.left(backup);
      expect(keys.join() === 'manifest.json,snapshot.db', `its folder holds ${keys.join() || 'nothing'}`);
      expect(uploads === 0, `${uploads} uploads are open`);
      const manifest = JSON.parse(
        String((await world.store.get(`test/v1/${metadata?.uid}/manifest.json`)) ?? '{}'),
      ) as { opID?: string; object?: { sha256?: string } };
      expect(manifest.opID === metadata?.uid, `its manifest is about ${manifest.opID}`);
      expect(
        manifest.object?.sha256 === status?.artifact?.snapshotSHA256,
        'its manifest names another digest than its status',
      );
    }),
  async remove({ metadata }) {
    for (const file of ['snapshot.db', 'manifest.json'])
      await world.store.delete(`test/v1/${metadata?.uid}/${file}`);
  },
  stop: () => Promise.resolve(),
});

/** EC2 shows a new snapshot so much later; the window in which it is waited for is the smallest that is allowed. */
const visibleAfterMs = 5_000;
const settleWindowSeconds = 10;

/** Snapshots of volumes by EC2: one CreateSnapshot for each volume, and exactly the snapshots that the status names. */
export async function volumes(world: ProcessWorld): Promise<Subject> {
  const ec2 = await startEc2();
  const proxy = await startEc2Proxy(ec2);
  Object.assign(proxy, { visibleAfterMs, completedAfterMs: visibleAfterMs });
  const text = (value: string): string => Buffer.from(value).toString('base64');
  await world.user.create(resources.secrets, {
    metadata: { namespace, name: 'ec2' },
    data: { accessKeyId: text(ec2.accessKey), secretAccessKey: text(ec2.secretKey) },
  });
  return {
    name: 'EbsVolume',
    create: async (name) =>
      world.create(name, {
        method: 'EbsVolume',
        store: undefined,
        ebs: {
          volumeIDs: [await ec2.createVolume(), await ec2.createVolume()],
          region: ec2.region,
          endpoint: proxy.endpoint,
          credentialsSecretRef: { name: 'ec2' },
          settleWindowSeconds,
        },
      }),
    problemsOf: (backup) =>
      checked(backup, async (expect) => {
        for (const volumeID of backup.spec?.ebs?.volumeIDs ?? []) {
          const calls = proxy.seen.filter(
            ({ action, isDryRun, parameters }) =>
              action === 'CreateSnapshot' && !isDryRun && parameters['VolumeId'] === volumeID,
          ).length;
          expect(calls === 1, `${calls} CreateSnapshot calls for ${volumeID}`);
        }
        const xml = await ec2.ask('DescribeSnapshots', {
          'Filter.1.Name': 'tag:etcd-backup-uid',
          'Filter.1.Value.1': backup.metadata?.uid ?? '',
        });
        const made = [...xml.matchAll(/<snapshotId>([^<]+)</g)].map(([, id]) => id ?? '').toSorted();
        const told = (backup.status?.ebs ?? []).map(({ snapshotID }) => snapshotID).toSorted();
        expect(made.length === 2, `EC2 has ${made.length} snapshots of it`);
        expect(made.join() === told.join(), 'its status names other snapshots than EC2 has');
      }),
    remove: () => Promise.resolve(),
    async stop() {
      await proxy.stop();
      await ec2.stop();
    },
  };
}
