import { backupKeys, etcdBackupSpecSchema, ownerField, type EtcdBackup } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { describeError, hasEnded, type ObserveContext, type OperationRecord } from '@stateful/reconcile-sdk';
import { backupStores } from '../../etcd-backups.ts';
import { type OpenStore } from '../../ports/stores.ts';

import { type Stored, type View } from './view.ts';

const notAsked: Stored = { object: 'unknown', manifest: 'unknown', openUploads: 'unknown' };

/** Looks at the object, its store in the cache, and at what the store has while something is under way. */
export async function observe(
  backup: EtcdBackup,
  { store, signal }: ObserveContext,
  openStore: OpenStore,
): Promise<View> {
  const { uid = '', namespace = '' } = backup.metadata ?? {};
  const spec = etcdBackupSpecSchema.parse(backup.spec);
  const named = spec.storeRef ? store(backupStores).get(namespace, spec.storeRef.name)?.spec : undefined;
  const where = spec.store ?? (named ? { s3: named.s3 } : undefined);
  const keys = backupKeys(where?.s3.prefix ?? '', uid);
  const record = backup.status?.operation as OperationRecord | undefined;
  const view = { backup, uid, namespace, spec, store: where, keys };
  // What has ended stands in the status; nobody has to be asked again.
  if (!where || !record || hasEnded(record)) return { ...view, stored: notAsked };
  let opened: ObjectStore | undefined;
  try {
    opened = await openStore(namespace, where, signal);
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
  { phase }: OperationRecord,
  signal: AbortSignal,
): Promise<Stored> {
  const [object, manifest] = await Promise.all([
    store.head(keys.object, { signal }),
    store.head(keys.manifest, { signal }),
  ]);
  let openUploads = 0;
  if (phase === 'Undoing') {
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
