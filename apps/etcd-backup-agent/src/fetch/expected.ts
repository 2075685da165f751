import { readManifest } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { AgentFailure } from '../failure.ts';

/** What has to be found in the store. */
export interface Expected {
  readonly key: string;
  readonly versionID?: string;
  readonly sizeBytes: number;
  /** Of the object, hexadecimal. */
  readonly sha256: string;
  readonly revision?: number;
  /** Oldest revision that is whole. */
  readonly compactRevision?: number;
  /** At `revision`. */
  readonly hashKV?: number;
}

/** What the manifest of a backup says of its object. */
export async function expectedByManifest(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<Expected> {
  const bytes = await store.get(key, { signal });
  const where = `s3://${store.bucket}/${key}`;
  if (!bytes)
    throw new AgentFailure('ManifestUnreadable', `${where} does not exist: name the manifest of a backup`);
  const read = readManifest(bytes);
  if (!read.ok) throw new AgentFailure(read.reason, `${where} cannot be used: ${read.message}`);
  const { object, etcd } = read.manifest;
  return {
    key: object.key,
    sizeBytes: object.sizeBytes,
    sha256: object.sha256,
    revision: object.revision,
    ...(etcd.compactRevision === undefined ? {} : { compactRevision: etcd.compactRevision }),
    ...(etcd.hashKV === undefined ? {} : { hashKV: etcd.hashKV }),
  };
}
