import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { backupKeys } from '@stateful/etcd-backup-api';
import { etcdBinary, operatorBundle, type RunningS3 } from '@stateful/images';
import { type ClusterEtcd } from '@stateful/local-cluster';

const execute = promisify(execFile);

/** What is needed to restore an etcd by hand, with no Kubernetes there: a backup, the store, and the two programs. */
export interface Disaster {
  readonly s3: RunningS3;
  readonly bucket: string;
  readonly prefix: string;
  /** UID of the EtcdBackup, which is the name of its folder in the bucket. */
  readonly uid: string;
  readonly etcd: ClusterEtcd;
  readonly peerUrl: string;
  /** By how much revisions are raised, so that no client sees them go back. */
  readonly bump: number;
}

/** What the agent says of the snapshot that it has brought. */
export interface Fetched {
  readonly ok: boolean;
  readonly sizeBytes?: number;
  readonly revision?: number;
}

/** As an administrator does it on the machine of the control plane: fetch, restore, start. The data folder must be gone. */
export async function restoreByHand({
  s3,
  bucket,
  prefix,
  uid,
  etcd,
  peerUrl,
  bump,
}: Disaster): Promise<Fetched> {
  const folder = mkdtempSync(join(tmpdir(), 'stateful-disaster-'));
  const file = (name: string): string => join(folder, name);
  try {
    for (const { name, contents } of await operatorBundle('etcd-backup-operator'))
      writeFileSync(file(name), contents);
    mkdirSync(file('credentials'), { mode: 0o700 });
    writeFileSync(file('credentials/accessKeyId'), s3.accessKey, { mode: 0o600 });
    writeFileSync(file('credentials/secretAccessKey'), s3.secretKey, { mode: 0o600 });
    writeFileSync(file('ca.crt'), s3.caPem);
    const store = { bucket, prefix, endpoint: s3.endpoint, credentials: { secretRef: { name: 'given' } } };
    writeFileSync(file('store.json'), JSON.stringify({ ...store, caSecretRef: { name: 'given' } }));
    const { stdout } = await execute(
      process.execPath,
      [
        ...[file('agent.mjs'), 'fetch', '--store', file('store.json'), '--to', folder],
        ...['--credentials-dir', file('credentials'), '--ca-file', file('ca.crt')],
        ...['--manifest', backupKeys(prefix, uid).manifest],
      ],
      { timeout: 60_000 },
    );
    await execute(
      await etcdBinary(),
      [
        ...['etcdutl', 'snapshot', 'restore', file('snapshot.db'), '--data-dir', etcd.dataDir],
        ...['--name', 'default', '--initial-cluster', `default=${peerUrl}`],
        ...['--initial-advertise-peer-urls', peerUrl, '--initial-cluster-token', uid],
        ...['--bump-revision', String(bump), '--mark-compacted'],
      ],
      { timeout: 60_000 },
    );
    await etcd.start();
    return JSON.parse(stdout) as Fetched;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
