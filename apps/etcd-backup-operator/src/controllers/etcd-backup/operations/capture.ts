import { createHash } from 'node:crypto';
import { choosePartSize, mebibyte, ObjectStoreError, type ObjectStore } from '@stateful/object-store';
import { kubeTime, OperatorError, type Clock } from '@stateful/reconcile-sdk';
import { type EtcdMember } from '@stateful/etcd';
import { BrokenSnapshot, followDigests, followPages, type SnapshotFacts } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { attemptFailed, textOf } from '../failure.ts';
import { type View } from '../view.ts';
import { etcdFacts } from './etcd-facts.ts';
import { agreementOf } from './compare-members.ts';
import { survey } from './survey.ts';

/** From here on finishing costs less than beginning anew. */
const nearlyDone = 0.8;
const isNearlyDone = (total: number, remaining: number): boolean =>
  total > 0 && remaining <= total * (1 - nearlyDone);

export const etagsDigest = (etags: readonly string[]): string =>
  createHash('sha256').update(etags.join('\n')).digest('hex');

/** The pages' tale, or the end of the attempt. */
export function readPages(pages: { end(): SnapshotFacts }): SnapshotFacts {
  try {
    return pages.end();
  } catch (error) {
    if (!(error instanceof BrokenSnapshot)) throw error;
    throw attemptFailed('SnapshotUnreadable', `the database cannot be read: ${error.message}`);
  }
}

/** Streams a member's snapshot into an upload, and checks it. Nothing is visible yet, whatever comes of it. */
export async function capture(
  { spec, keys }: View,
  {
    store,
    members,
    uploadID,
    clock,
    signal: ended,
    stopping,
  }: {
    store: ObjectStore;
    members: readonly EtcdMember[];
    uploadID: string;
    clock: Clock;
    signal: AbortSignal;
    /** The process is told to stop: what is nearly done goes on, anything else ends. */
    stopping: AbortSignal;
  },
  s3: { partSizeMiB: number; concurrency: number },
): Promise<Captured> {
  const given = new AbortController();
  const signal = AbortSignal.any([ended, given.signal]);
  const onStop = (): void => {
    if (!isNearlyDone(total, remaining)) given.abort(stopping.reason);
  };
  let [total, remaining] = [0, -1];
  if (stopping.aborted) onStop();
  stopping.addEventListener('abort', onStop, { once: true });
  const { member, status, floor, alarms } = await survey(members, spec, signal);
  const [digests, pages] = [followDigests(), followPages()];
  const startedAt = clock.monotonic();
  const pointInTime = clock.now();
  let streamError: unknown;
  async function* snapshot(): AsyncGenerator<Uint8Array> {
    try {
      const idleMs = (spec.snapshot?.idleTimeoutSeconds ?? 60) * 1000;
      for await (const { blob, remainingBytes } of member.snapshot({ signal, idleMs })) {
        digests.add(blob);
        pages.add(blob);
        remaining = remainingBytes;
        total = Math.max(total, remainingBytes);
        yield blob;
      }
    } catch (error) {
      streamError = error;
      throw error;
    }
  }
  const sent = await store
    .sendParts(keys.object, uploadID, snapshot(), {
      signal,
      partSize: choosePartSize(s3.partSizeMiB * mebibyte, status.dbSize),
      concurrency: s3.concurrency,
    })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (streamError !== undefined) {
        throw attemptFailed(
          'StreamBroken',
          `the snapshot of ${member.endpoint} broke off: ${textOf(streamError)}`,
        );
      }
      throw storeFailure(error);
    });
  const { sizeBytes, sha256, isWhole } = digests.end();
  if (remaining !== 0) {
    throw attemptFailed(
      'StreamBroken',
      `the snapshot of ${member.endpoint} ended with ${remaining} bytes to come`,
    );
  }
  if (!isWhole || sizeBytes !== sent.sizeBytes) {
    throw attemptFailed(
      'SnapshotDigestMismatch',
      `the snapshot of ${member.endpoint} does not match its own digest`,
    );
  }
  const facts = readPages(pages);
  if (floor !== undefined && facts.revision < floor) {
    throw attemptFailed(
      'SnapshotBehind',
      `the snapshot of ${member.endpoint} is at revision ${facts.revision}, before ${floor}`,
    );
  }
  const agreement = await agreementOf(spec, members, member, facts, signal);
  const captureSeconds = Math.ceil((clock.monotonic() - startedAt) / 1000);
  return {
    seal: {
      sizeBytes,
      sha256,
      checksum: `CRC32:${sent.crc32}`,
      parts: sent.parts.length,
      revision: facts.revision,
      etagsSHA256: etagsDigest(sent.parts.map(({ etag }) => etag)),
    },
    uploadID,
    etcd: etcdFacts({ member, status, alarms }, facts, agreement),
    ...(agreement ? { members: agreement } : {}),
    timings: {
      pointInTime: kubeTime(pointInTime),
      captureSeconds,
      bytesPerSecond: Math.round(sizeBytes / Math.max(0.001, (clock.monotonic() - startedAt) / 1000)),
    },
  };
}

/** What a store says about a part, as the end of an attempt: it is taken back and begun anew. */
export function storeFailure(error: unknown): OperatorError {
  if (!(error instanceof ObjectStoreError)) return attemptFailed('Failed', textOf(error), error);
  // Another process took it away, or a rule of the bucket: the next try opens one of its own.
  if (error.storeCode === 'NoSuchUpload')
    return new OperatorError('conflict', `UploadLost: ${error.message}`, { cause: error });
  return attemptFailed('StoreRefused', error.message);
}
