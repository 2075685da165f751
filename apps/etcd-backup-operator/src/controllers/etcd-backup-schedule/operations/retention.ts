import { backupKeys, scheduleLabel, type EtcdBackup } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import {
  controllerOf,
  operation,
  OperatorError,
  type OperationDefinition,
  type OperationRecord,
  type WantedOperation,
} from '@stateful/reconcile-sdk';
import { etcdBackups, etcdRestores } from '../../../etcd-backups.ts';
import { deleteData, lockedUntil } from '../../etcd-backup/deletion-data.ts';
import { backupInUse } from '../../etcd-restore/in-use.ts';
import { isComplete, nameOf, uidOf } from '../backups.ts';
import { readStored, type StoredBackup } from '../inventory.ts';
import { isOfSchedule, retentionOf, stockOf } from '../keeping.ts';
import { type Outside } from '../observe.ts';
import { type View } from '../view.ts';
import { retentionKind } from './kinds.ts';
import { removeRecord, type Deleter } from './remove-record.ts';

/** What a deletion that has ended has taken away, by UID: its data may still be going. Pure. */
export const takenBy = (record: OperationRecord | undefined): readonly string[] =>
  record?.kind === retentionKind ? ((record.results?.['delete'] as readonly string[] | undefined) ?? []) : [];

/** The wish that these go: by UID, as the plan in the status says. `made`: when that was. Pure. */
export const retentionWish = (uids: readonly string[], made: string): WantedOperation | undefined =>
  uids.length === 0 ? undefined : { kind: retentionKind, key: made, params: { delete: uids } };

/** Backups that are deleted at a time. */
const atATime = 8;

/** Everything read anew, past all caches. */
interface Live {
  readonly store: ObjectStore;
  readonly about: View;
  readonly records: ReadonlyMap<string, EtcdBackup>;
  readonly stored: ReadonlyMap<string, StoredBackup>;
  readonly prefix: string;
}

/**
 * Deletes what the plan in the status says should go, if it should still go by what is there now: EtcdBackups and manifests are
 * read again, the plan is made again, and what it counts on to stay is looked at in the store. An EtcdBackup takes its data along
 * by itself; data that has none is deleted here.
 */
export const retention = (client: Deleter, outside: Outside): OperationDefinition<View> =>
  operation<View>({
    kind: retentionKind,
    deadlineMs: 6 * 3_600_000,
    steps: [
      {
        name: 'delete',
        done: (_, { result }) => result !== undefined,
        timeoutMs: 1_800_000,
        async act(view, { params, signal }) {
          const { store: where, namespace } = view;
          if (!where) throw new OperatorError('not-found', 'the BackupStore does not exist: create it');
          const store = await outside.openStore(namespace, where, signal);
          try {
            const live = await look(client, outside, view, store, where.s3.prefix, signal);
            const still = new Set(await wanted(live, outside.clock.now(), signal));
            const gone: string[] = [];
            const left = (params['delete'] as readonly string[]).filter(
              // Neither a manifest nor an EtcdBackup: what an earlier try of this very operation has left.
              (uid) => still.has(uid) || (!live.stored.has(uid) && !live.records.has(uid)),
            );
            const errors: unknown[] = [];
            async function removeSome(): Promise<void> {
              for (let uid = left.shift(); uid !== undefined && !signal.aborted; uid = left.shift()) {
                try {
                  if (await removeOne(client, live, uid, outside.clock.now(), signal)) gone.push(uid);
                } catch (error) {
                  // One that cannot go holds up no other; all are tried again.
                  errors.push(error);
                }
              }
            }
            await Promise.all(Array.from({ length: atATime }, removeSome));
            if (errors.length > 0) throw errors[0];
            return gone;
          } finally {
            store.close();
          }
        },
      },
    ],
  });

async function look(
  client: Deleter,
  { readInventory }: Outside,
  view: View,
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<Live> {
  const { namespace, name, uid } = view;
  const [backups, restores, listing] = await Promise.all([
    client.list(etcdBackups, { namespace, labelSelector: `${scheduleLabel}=${name}`, signal }),
    client.list(etcdRestores, { namespace, signal }),
    readInventory(store, prefix, signal),
  ]);
  const ours = backups.items.filter((backup) => controllerOf(backup)?.uid === uid);
  const about: View = {
    ...view,
    backups: ours,
    inUse: new Set(restores.items.flatMap((restore) => backupInUse(restore) ?? [])),
    inventory: { ...listing, reason: 'Refresh', locks: new Map() },
  };
  return {
    store,
    about,
    prefix,
    records: new Map(ours.map((backup) => [uidOf(backup), backup])),
    stored: new Map(listing.backups.map((one) => [one.uid, one])),
  };
}

/**
 * What should go now, locked or not: that is asked of each when its turn comes. A backup that the floor of verified ones counts on
 * must be there, or it does not count.
 */
async function wanted(live: Live, now: number, signal: AbortSignal): Promise<readonly string[]> {
  const { store, about, prefix } = live;
  const { retention: rules } = about.spec;
  if (!rules) return [];
  // How many go is for the plan in the status to say.
  const spec = { ...about.spec, retention: { ...rules, maxDeletesPerRun: Number.MAX_SAFE_INTEGER } };
  let backups = [...live.stored.values()];
  const seen = new Set<string>();
  for (;;) {
    const stock = stockOf(about, { backups, unreadable: 0 }, new Map());
    const plan = retentionOf({ spec }, stock, now);
    const missing = new Set<string>();
    for (const { name, reasons } of plan?.keep ?? []) {
      if (seen.has(name) || !reasons.includes('verified')) continue;
      seen.add(name);
      if (!(await store.head(backupKeys(prefix, name).object, { signal }))) missing.add(name);
    }
    if (missing.size === 0) return plan?.delete ?? [];
    backups = backups.filter(({ uid }) => !missing.has(uid));
  }
}

/** Whether it is gone, or going by itself. */
async function removeOne(
  client: Deleter,
  { store, about, records, stored, prefix }: Live,
  uid: string,
  now: number,
  signal: AbortSignal,
): Promise<boolean> {
  const keys = backupKeys(prefix, uid);
  if ((await lockedUntil(store, keys, now, signal)) !== undefined) return false;
  const record = records.get(uid);
  if (record) {
    return removeRecord(
      client,
      { namespace: about.namespace, name: nameOf(record), uid },
      'Delete',
      (live) => isComplete(live) && !about.inUse.has(nameOf(live)),
      signal,
    );
  }
  const bytes = await store.get(keys.manifest, { signal });
  // No manifest and no EtcdBackup: what an earlier try of this very operation has left.
  const before = bytes ? readStored(bytes, keys.manifest, prefix) : undefined;
  if (bytes && !(before && stored.has(uid) && isOfSchedule(before, about))) return false;
  await deleteData(store, keys, signal);
  return true;
}
