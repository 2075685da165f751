import { type ObjectFacts, type ObjectStore } from '@stateful/object-store';
import { kubeTime, type Clock } from '@stateful/reconcile-sdk';
import { type EtcdMember } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { attemptFailed } from '../failure.ts';
import { type View } from '../view.ts';
import { agreementOf } from './compare-members.ts';
import { etcdFacts } from './etcd-facts.ts';
import { survey } from './survey.ts';
import { readBack } from './verify.ts';

/**
 * Takes over an object of ours that an earlier attempt left without a manifest: by its content, never by its name. Which member
 * it came from is no longer known; that of now is told.
 */
export async function adopt(
  { spec, keys }: View,
  object: ObjectFacts,
  tools: { store: ObjectStore; members: readonly EtcdMember[]; clock: Clock; signal: AbortSignal },
): Promise<Captured> {
  const { store, members, clock, signal } = tools;
  const startedAt = clock.monotonic();
  const { sha256, isWhole, facts } = await readBack(store, keys.object, object, signal);
  if (!isWhole) {
    throw attemptFailed(
      'StoredObjectDiffers',
      `s3://${store.bucket}/${keys.object} does not match its own digest: delete it, and the backup is made anew`,
    );
  }
  const found = await survey(members, spec, signal);
  const agreement = await agreementOf(spec, members, found.member, facts, signal);
  return {
    seal: {
      sizeBytes: object.sizeBytes,
      sha256,
      ...(object.crc32 === undefined ? {} : { checksum: `CRC32:${object.crc32}` }),
      parts: 0,
      revision: facts.revision,
    },
    etcd: etcdFacts(found, facts, agreement),
    ...(agreement ? { members: agreement } : {}),
    timings: {
      pointInTime: kubeTime(clock.now()),
      captureSeconds: Math.ceil((clock.monotonic() - startedAt) / 1000),
      bytesPerSecond: 0,
    },
  };
}
