import { backupKeys, etcdBackupSpecSchema, ownerField, type EtcdBackup } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { describeError, hasEnded, type ObserveContext, type OperationRecord } from '@stateful/reconcile-sdk';
import { backupStores, etcdRestores } from '../../etcd-backups.ts';
import { refusalOf } from '../backup-store/waiters.ts';
import { backupInUse } from '../etcd-restore/in-use.ts';
import { seeVolumes } from './operations/ebs-backup-observe.ts';
import { type EbsBackupOptions } from './operations/ebs-backup.ts';
import { type SnapshotBackupOptions } from './operations/snapshot-backup.ts';
import { seeDrill } from './operations/verification-drill.ts';
import { type Stored, type View } from './view.ts';

const notAsked: Stored = { object: 'unknown', manifest: 'unknown', openUploads: 'unknown' };

/** Looks at the object, its store in the cache, and at what the store has while something is under way. */
export async function observe(
  backup: EtcdBackup,
  { store, signal }: ObserveContext,
  options: Pick<SnapshotBackupOptions & EbsBackupOptions, 'openStore' | 'openVolumes' | 'clock'>,
): Promise<View> {
  const { uid = '', namespace = '' } = backup.metadata ?? {};
  const spec = etcdBackupSpecSchema.parse(backup.spec);
  const named = spec.storeRef ? store(backupStores).get(namespace, spec.storeRef.name) : undefined;
  const where = spec.store ?? (named?.spec ? { s3: named.spec.s3 } : undefined);
  const keys = backupKeys(where?.s3.prefix ?? '', uid);
  const record = backup.status?.operation as OperationRecord | undefined;
  const inUse = store(etcdRestores)
    .all()
    .some(
      (restore) =>
        restore.metadata?.namespace === namespace && backupInUse(restore) === backup.metadata?.name,
    );
  const drill = seeDrill({ backup, uid, namespace }, store);
  const refusal = named && (!record || hasEnded(record)) ? refusalOf(named) : undefined;
  const view = {
    backup,
    uid,
    namespace,
    spec,
    store: where,
    ...(refusal === undefined ? {} : { refusal }),
    keys,
    inUse,
    ...(drill ? { drill } : {}),
  };
  const isDeleted = backup.metadata?.deletionTimestamp !== undefined;
  // What has ended stands in the status; nobody has to be asked again.
  if (!isDeleted && (!record || hasEnded(record) || drill)) return { ...view, stored: notAsked };
  if (spec.method === 'EbsVolume') {
    return { ...view, stored: notAsked, volumes: await seeVolumes(view, options, signal) };
  }
  if (!where) return { ...view, stored: notAsked };
  let opened: ObjectStore | undefined;
  try {
    opened = await options.openStore(namespace, where, signal);
    return { ...view, stored: await storedIn(opened, view, record, signal) };
  } catch (error) {
    return { ...view, stored: { ...notAsked, problem: describeError(error) } };
  } finally {
    opened?.close();
  }
}

async function storedIn(
  store: ObjectStore,
  { keys, uid }: Pick<View, 'keys' | 'uid'>,
  record: OperationRecord | undefined,
  signal: AbortSignal,
): Promise<Stored> {
  const [object, manifest] = await Promise.all([
    store.head(keys.object, { signal }),
    store.head(keys.manifest, { signal }),
  ]);
  let openUploads = 0;
  if (record?.phase === 'Undoing') {
    for await (const { key } of store.listUploads(keys.object, { signal })) {
      if (key === keys.object) openUploads++;
    }
  }
  const isForeign = object !== undefined && object.metadata[ownerField] !== uid;
  return {
    object: object === undefined ? 'absent' : isForeign ? 'foreign' : object,
    manifest: manifest !== undefined,
    openUploads,
  };
}
