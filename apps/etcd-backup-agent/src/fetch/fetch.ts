import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentSuccess } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { AgentFailure } from '../failure.ts';
import { isThere, syncFolder } from '../files.ts';
import { type Report } from '../progress.ts';
import { download, partialName, partialPrefix } from './download.ts';
import { examineFile, judge, judgeKeys, type Examined, type HashAt } from './examine.ts';
import { type Expected } from './expected.ts';
import { needSpace, type FreeBytes } from './free-space.ts';

export interface FetchOptions {
  readonly store: ObjectStore;
  readonly expected: Expected;
  /** Folder in which `snapshot.db` appears. */
  readonly to: string;
  readonly rangeSize: number;
  readonly concurrency: number;
  readonly free: FreeBytes;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export const snapshotName = 'snapshot.db';

/**
 * Brings a stored snapshot into a folder. What an earlier run had fetched is gone on with; the file has its name only once its
 * size, digest, pages, revision and HashKV are what they should be. What is there already is only checked.
 */
export async function fetchSnapshot(options: FetchOptions): Promise<Omit<AgentSuccess, 'ok'>> {
  const { store, expected, to, free, report, signal } = options;
  await mkdir(to, { recursive: true, mode: 0o700 });
  const file = join(to, snapshotName);
  if (await isThere(file)) {
    report(`${file} is there already: it is checked`);
    const found = await examineFile(file, expected, hashAtOf(expected), signal);
    if (found.sha256 === expected.sha256) return resultOf(found, file, expected.sizeBytes, options);
    report(`${file} is another one: it is fetched anew`);
    await rm(file);
  }
  const where = `s3://${store.bucket}/${expected.key}`;
  const object = await store.head(expected.key, {
    signal,
    ...(expected.versionID === undefined ? {} : { versionId: expected.versionID }),
  });
  if (!object) throw new AgentFailure('StoredObjectDiffers', `${where} does not exist`);
  if (object.sizeBytes !== expected.sizeBytes) {
    throw new AgentFailure(
      'StoredObjectDiffers',
      `${where} is not what was backed up: it has ${object.sizeBytes} bytes, not ${expected.sizeBytes}`,
    );
  }
  const partial = join(to, partialName(object.etag, expected));
  await removeOtherPartials(to, partial);
  const before = await sizeOf(partial);
  await needSpace(to, { sizeBytes: expected.sizeBytes, present: before }, free);
  try {
    const found = await download({ ...options, object, partial, hashAt: hashAtOf(expected) });
    const result = await resultOf(found, partial, before, options);
    await rename(partial, file);
    await syncFolder(to);
    return result;
  } catch (error) {
    const isWrong = error instanceof AgentFailure && error.code === 'StoredObjectDiffers';
    if (!isWrong) throw error;
    await rm(partial, { force: true });
    if (before === 0) throw error;
    // It may be what was left on this disk that is wrong, and not what is in the store.
    report(`${error.message}: it is fetched once more from its beginning`);
    return fetchSnapshot(options);
  }
}

/** All that is known of the snapshot is held against it. `path`: where it stands now. */
async function resultOf(
  found: Examined,
  path: string,
  resumedBytes: number,
  { expected, store, signal, report }: FetchOptions,
): Promise<Omit<AgentSuccess, 'ok'>> {
  const where = `s3://${store.bucket}/${expected.key}`;
  const facts = judge(found, expected, where);
  const { revision, compactRevision, authEnabled, storageVersion } = facts;
  const { sizeBytes, sha256 } = found;
  let keys = await found.keys();
  if (!keys || compactRevision !== expected.compactRevision) {
    report('reading it once more: which of its keys count was not known before');
    keys = await (await examineFile(path, expected, facts, signal)).keys();
  }
  const hashed = keys ? await judgeKeys(keys, facts, expected, where) : {};
  return {
    ...{ sizeBytes, sha256, resumedBytes, revision, compactRevision, ...hashed },
    ...{ authEnabled, storageVersion },
  };
}

/** Where hashes will be asked for, as far as it is known. */
export const hashAtOf = ({ revision, compactRevision }: Expected): HashAt | undefined =>
  revision === undefined || compactRevision === undefined ? undefined : { revision, compactRevision };

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** What was begun of another object, or of another version of it, is of no use. */
async function removeOtherPartials(folder: string, ours: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.startsWith(partialPrefix) && path !== ours) await rm(path, { force: true });
  }
}
