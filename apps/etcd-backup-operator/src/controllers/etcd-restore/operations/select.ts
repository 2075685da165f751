import { backupKeys, readManifest, type BackupManifest } from '@stateful/etcd-backup-api';
import { type Store } from '@stateful/backup-store-api';
import { type ObjectStore } from '@stateful/object-store';
import { isComplete, isVerified, nameOf, uidOf } from '../../etcd-backup-schedule/backups.ts';
import { refused, restoreFailed, type Refusal } from '../failure.ts';
import { candidatesOf, pick } from '../pick.ts';
import { refusalOf } from '../rules.ts';
import { type Selected } from '../selected.ts';
import { type View } from '../view.ts';

/** Where the backup is that the spec means, before the store is asked. */
export interface Source {
  readonly backup?: string;
  readonly isVerified?: boolean;
  readonly why: string;
  readonly store: Store;
  /** Of a manifest, or of a snapshot. */
  readonly key: string;
  readonly versionID?: string;
  readonly cluster?: Selected['cluster'];
}

/** Decides which backup is meant. Pure. */
export function sourceOf({
  spec: { source },
  sources: { backups, stores },
}: Pick<View, 'spec' | 'sources'>): Source | Refusal {
  const storeOf = ({
    store,
    storeRef,
  }: {
    store?: Store | undefined;
    storeRef?: { name: string } | undefined;
  }) => store ?? (storeRef ? stores.get(storeRef.name) : undefined);
  const noStore = (name: string | undefined): Refusal => ({
    reason: 'StoreNotFound',
    message: `BackupStore ${name} does not exist: create it`,
  });
  if (source.object) {
    const { key, versionID, storeRef } = source.object;
    const store = storeOf(source.object);
    if (!store) return noStore(storeRef?.name);
    return {
      store,
      key,
      why: 'named by its key',
      ...(versionID === undefined ? {} : { versionID }),
    };
  }
  const found = source.schedule
    ? pick(candidatesOf(backups, source.schedule.name), source.schedule)
    : named(source.backupRef?.name);
  if ('reason' in found) return found;
  const { picked, why } = found;
  const store = storeOf(picked.spec);
  if (!store) return noStore(picked.spec.storeRef?.name);
  return {
    backup: nameOf(picked),
    isVerified: isVerified(picked),
    why,
    store,
    key: backupKeys(store.s3.prefix ?? '', uidOf(picked)).manifest,
    cluster: picked.spec.cluster,
  };

  function named(name: string | undefined) {
    const picked = backups.find((backup) => nameOf(backup) === name);
    if (!picked) {
      return {
        reason: 'BackupNotFound',
        message: `EtcdBackup ${name} does not exist in this namespace: name another, or its object by source.object`,
      } as const;
    }
    if (!isComplete(picked)) {
      return {
        reason: 'BackupNotComplete',
        message: `EtcdBackup ${name} is not complete: wait for its condition Succeeded, and create the restore then`,
      } as const;
    }
    return { picked, why: 'named by source.backupRef' };
  }
}

/** Resolves the source to one object, and asks all rules that can be asked before it is read. */
export async function select(
  view: View,
  openStore: (store: Store) => Promise<ObjectStore>,
  signal: AbortSignal,
): Promise<Selected> {
  const source = sourceOf(view);
  if ('reason' in source) throw refused(source);
  const store = await openStore(source.store);
  try {
    const manifest = await manifestOf(store, source, signal);
    const key = manifest?.object.key ?? source.key;
    const versionID = source.key === key ? source.versionID : undefined;
    const object = await store.head(key, { signal });
    if (!object) {
      throw restoreFailed('StoredObjectDiffers', `s3://${store.bucket}/${key} is not there`);
    }
    const { backup, why, cluster } = source;
    const version = versionID ?? object.versionId;
    const selected: Selected = {
      ...(backup === undefined ? {} : { backup }),
      why,
      store: source.store,
      ...(manifest ? { manifestKey: source.key, sha256: manifest.object.sha256 } : {}),
      key,
      ...(version === undefined ? {} : { versionID: version }),
      etag: object.etag,
      sizeBytes: object.sizeBytes,
      etcd: manifest?.etcd ?? {},
      ...(cluster ? { cluster } : {}),
    };
    if (manifest && manifest.object.sizeBytes !== object.sizeBytes) {
      throw restoreFailed(
        'StoredObjectDiffers',
        `s3://${store.bucket}/${key} has ${object.sizeBytes} bytes, and its manifest says ${manifest.object.sizeBytes}`,
      );
    }
    const { verification } = manifest ?? {};
    const wasVerified =
      source.isVerified ?? (verification?.result === 'Passed' && verification.level !== 'Stream');
    const refusal = refusalOf(view.spec, {
      etcd: selected.etcd,
      verified: wasVerified ? 'yes' : undefined,
    });
    if (refusal) throw refused(refusal);
    return selected;
  } finally {
    store.close();
  }
}

/** The manifest that a key names or that stands beside it; undefined: a snapshot that nobody wrote down. */
async function manifestOf(
  store: ObjectStore,
  { key, backup }: Source,
  signal: AbortSignal,
): Promise<BackupManifest | undefined> {
  const isManifest = key.endsWith('manifest.json');
  const place = isManifest ? key : `${key.slice(0, key.lastIndexOf('/') + 1)}manifest.json`;
  const bytes = await store.get(place, { signal });
  if (!bytes) {
    if (!isManifest) return undefined;
    throw restoreFailed(
      'ManifestMissing',
      `s3://${store.bucket}/${key} is not there${backup === undefined ? '' : `, though EtcdBackup ${backup} says so`}: without its manifest it is no backup`,
    );
  }
  const read = readManifest(bytes);
  if (!read.ok) throw restoreFailed(read.reason, `s3://${store.bucket}/${place}: ${read.message}`);
  return isManifest || read.manifest.object.key === key ? read.manifest : undefined;
}
