import { type ObjectStore } from '@stateful/object-store';
import { readBack } from '../../etcd-backup/operations/verify.ts';
import { refused, restoreFailed } from '../failure.ts';
import { refusalOf } from '../rules.ts';
import { type Checked } from '../selected.ts';
import { type View } from '../view.ts';

/**
 * Reads the stored object as a whole, before anything stops: its digests, its pages, its HashKV, against what the manifest
 * says. What the pages themselves say is then held against the rules once more.
 */
export async function check(view: View, store: ObjectStore, signal: AbortSignal): Promise<Checked> {
  const selected = view.results.select;
  if (!selected) throw new TypeError('nothing is selected');
  const { key, versionID, etag, sizeBytes, sha256: expected, etcd } = selected;
  const differs = (what: string) =>
    restoreFailed(
      'StoredObjectDiffers',
      `s3://${store.bucket}/${key} is not what was saved: ${what}; nothing was stopped, choose another backup`,
    );
  const object = await store.head(key, {
    signal,
    ...(versionID === undefined ? {} : { versionId: versionID }),
  });
  if (object?.etag !== etag || object.sizeBytes !== sizeBytes)
    throw differs('it changed since it was selected');
  const { revision, compactRevision } = etcd;
  // What the saved keys hash to can only be told of a backup that says at which revision it was taken.
  const at =
    revision === undefined || compactRevision === undefined || expected === undefined
      ? undefined
      : { revision, compactRevision, sha256: expected };
  const { sha256, isWhole, facts, keys } = await readBack(store, key, object, signal, at);
  if (!isWhole) throw differs('its SHA-256 does not fit the digest at its end');
  if (expected !== undefined && sha256 !== expected) throw differs('its SHA-256 is another');
  if (revision !== undefined && facts.revision !== revision) {
    throw differs(`it is at revision ${facts.revision}, not ${revision}`);
  }
  const hash = at && (await keys?.hashKV(at.compactRevision));
  const hashKV = hash?.ok ? (etcd.hashKV ?? hash.hashes[0]) : etcd.hashKV;
  if (hash?.ok && hashKV !== undefined && !hash.hashes.includes(hashKV)) {
    throw differs('its keys hash to something else');
  }
  const refusal = refusalOf(view.spec, {
    etcd: {
      ...etcd,
      authEnabled: facts.authEnabled,
      ...(facts.storageVersion === '' ? {} : { storageVersion: facts.storageVersion }),
    },
    verified: 'read back',
  });
  if (refusal) throw refused(refusal);
  return {
    sha256,
    revision: facts.revision,
    ...(hashKV === undefined ? {} : { hashKV }),
    ...(keys?.keys === undefined ? {} : { keys: keys.keys }),
  };
}
