import { backupDataFinalizer, type EtcdBackup } from '@stateful/etcd-backup-api';
import { isConflict, isNotFound, type KubeClient, type KubeObject } from '@stateful/reconcile-sdk';
import { etcdBackups } from '../../../etcd-backups.ts';
import { isGoing } from '../backups.ts';

/** What deletes need of a client. */
export type Deleter = Pick<KubeClient, 'find' | 'list' | 'mergePatch' | 'delete'>;

/**
 * Deletes one EtcdBackup, with its data or without: what is to become of the data is written first, in one write with the
 * finalizer that sees to it, so that a crash in between leaves nothing half done. All is bound to what was read live. Answers
 * whether it is gone or going.
 */
export async function removeRecord(
  client: Deleter,
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  data: 'Keep' | 'Delete',
  mayGo: (live: EtcdBackup) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const key = { namespace, name };
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToRemove(client, key, uid, data, mayGo, signal);
    } catch (error) {
      // Its own operator writes its status meanwhile: it is looked at again.
      if (!isConflict(error) || attempt === attempts) throw error;
    }
  }
}

const attempts = 5;

async function tryToRemove(
  client: Deleter,
  key: { namespace: string; name: string },
  uid: string,
  data: 'Keep' | 'Delete',
  mayGo: (live: EtcdBackup) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const read = async (): Promise<EtcdBackup | undefined> => {
    const live = await client.find(etcdBackups, key, { signal });
    return live?.metadata?.uid === uid && !isGoing(live) ? live : undefined;
  };
  let live = await read();
  if (!live) return true;
  if (live.spec.hold === true || !mayGo(live)) return false;
  const deletionPolicy = data === 'Delete' ? 'Delete' : 'Retain';
  const finalizers = (live as KubeObject).metadata?.finalizers ?? [];
  const needsFinalizer = data === 'Delete' && !finalizers.includes(backupDataFinalizer);
  const hasTtl = data === 'Delete' && live.spec.ttlSecondsAfterFinished !== undefined;
  if (live.spec.deletionPolicy !== deletionPolicy || needsFinalizer || hasTtl) {
    await client.mergePatch(
      etcdBackups,
      key,
      {
        metadata: {
          uid,
          resourceVersion: live.metadata?.resourceVersion ?? '',
          ...(needsFinalizer ? { finalizers: [...finalizers, backupDataFinalizer] } : {}),
        },
        // Past its time to live an EtcdBackup goes without its data; this one must not.
        spec: { deletionPolicy, ...(hasTtl ? { ttlSecondsAfterFinished: null } : {}) },
      },
      { signal },
    );
    live = await read();
    if (!live) return true;
    if (live.spec.hold === true || live.spec.deletionPolicy !== deletionPolicy || !mayGo(live)) return false;
  }
  const { resourceVersion } = live.metadata ?? {};
  await client
    .delete(etcdBackups, key, { uid, ...(resourceVersion ? { resourceVersion } : {}), signal })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  return true;
}
