import { backupKeys, backupsFolder, readManifest, type BackupManifest } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';

/** One backup that the store has, by its manifest. */
export interface StoredBackup {
  /** UID of the EtcdBackup that made it. */
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly schedule: { readonly name: string; readonly uid: string } | undefined;
  /** The moment that it shows, milliseconds. */
  readonly time: number;
  readonly bytes: number;
  /** What the manifest says; it was written before any later check. */
  readonly isVerified: boolean;
}

/** All manifests below a prefix. */
export interface Listing {
  readonly backups: readonly StoredBackup[];
  /** Manifests that this version cannot read. */
  readonly unreadable: number;
}

/** Reads the manifests below a prefix, by pages; throws ObjectStoreError when not all could be read. */
export type ReadInventory = (store: ObjectStore, prefix: string, signal: AbortSignal) => Promise<Listing>;

const atATime = 16;
const mostKept = 50_000;

const storedOf = ({
  opID,
  backup,
  schedule,
  object,
  pointInTime,
  verification,
}: BackupManifest): StoredBackup => ({
  uid: opID,
  ...backup,
  schedule,
  time: Date.parse(pointInTime),
  bytes: object.sizeBytes,
  isVerified: verification?.result === 'Passed' && verification.level !== 'Stream',
});

/** A manifest counts only where it stands for itself: in the folder of the UID that it names. */
export function readStored(bytes: Uint8Array, key: string, prefix: string): StoredBackup | undefined {
  const read = readManifest(bytes);
  if (!read.ok || backupKeys(prefix, read.manifest.opID).manifest !== key) return undefined;
  return storedOf(read.manifest);
}

/**
 * A reader that remembers: a manifest is written once, so one of the same key and ETag is not asked for again. What it
 * remembers is only a shortcut; a new process begins with nothing.
 */
export function inventoryReader(): ReadInventory {
  const known = new Map<string, StoredBackup | 'unreadable'>();
  return async (store, prefix, signal) => {
    const folder = backupsFolder(prefix);
    const found: { key: string; id: string }[] = [];
    for await (const { key, etag } of store.list(folder, { signal })) {
      const [uid, file, ...deeper] = key.slice(folder.length).split('/');
      if (!key.startsWith(folder) || uid === '' || file !== 'manifest.json' || deeper.length > 0) continue;
      found.push({ key, id: `${store.bucket} ${key} ${etag}` });
    }
    if (known.size > mostKept) known.clear();
    const missing = found.filter(({ id }) => !known.has(id));
    const gone = new Set<string>();
    async function readSome(): Promise<void> {
      for (let next = missing.pop(); next; next = missing.pop()) {
        const bytes = await store.get(next.key, { signal });
        // Deleted since the list was made.
        if (bytes) known.set(next.id, readStored(bytes, next.key, prefix) ?? 'unreadable');
        else gone.add(next.id);
      }
    }
    await Promise.all(Array.from({ length: Math.min(atATime, missing.length) }, readSome));
    const read = found.filter(({ id }) => !gone.has(id)).map(({ id }) => known.get(id));
    return {
      backups: read.filter((one) => typeof one === 'object'),
      unreadable: read.filter((one) => one === 'unreadable').length,
    };
  };
}
