import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { type ObjectFacts, type ObjectStore } from '@stateful/object-store';
import { everyTenth, type Report } from '../progress.ts';
import { examine, type Examined, type HashAt } from './examine.ts';
import { type Expected } from './expected.ts';

export const partialPrefix = '.snapshot.db-';

/** The name of what is fetched so far holds what it is a part of: a part of something else is never gone on with. */
export const partialName = (etag: string, { sha256 }: Expected): string =>
  `${partialPrefix}${createHash('sha256').update(`${etag} ${sha256}`).digest('hex').slice(0, 16)}`;

const blockBytes = 1024 * 1024;

/** Fetches from where the partial file ends, in ranges that are on their way side by side, and follows all of its bytes. */
export async function download({
  store,
  expected,
  object,
  partial,
  hashAt,
  rangeSize,
  concurrency,
  report,
  signal,
}: {
  store: ObjectStore;
  expected: Expected;
  object: ObjectFacts;
  partial: string;
  hashAt: HashAt | undefined;
  rangeSize: number;
  concurrency: number;
  report: Report;
  signal: AbortSignal;
}): Promise<Examined> {
  const looked = examine(expected, hashAt);
  const file = await open(partial, 'a+', 0o600);
  try {
    let size = Math.min((await file.stat()).size, object.sizeBytes);
    // Longer than the object: nothing of ours.
    await file.truncate(size);
    if (size > 0) report(`going on after ${size} of ${object.sizeBytes} bytes`);
    await follow(file, size, looked.add, signal);
    const tenth = everyTenth(object.sizeBytes, report);
    const versionId = expected.versionID ?? object.versionId;
    for await (const piece of store.read(expected.key, {
      sizeBytes: object.sizeBytes,
      etag: object.etag,
      start: size,
      ...(versionId === undefined ? {} : { versionId }),
      rangeSize,
      concurrency,
      signal,
    })) {
      await file.appendFile(piece);
      looked.add(piece);
      size += piece.length;
      tenth(size);
    }
    await file.sync();
    return looked.end();
  } finally {
    await file.close();
  }
}

/** Reads what is there already. */
async function follow(
  file: FileHandle,
  size: number,
  add: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(blockBytes);
  for (let at = 0; at < size;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(blockBytes, size - at), at);
    if (bytesRead === 0) throw new Error(`the partial file ended at ${at} of ${size} bytes`);
    add(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
