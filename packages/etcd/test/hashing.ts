import { expect } from '@jest/globals';
import { type EtcdMember } from '../src/client/member.ts';
import { followPages, type SnapshotFacts, type SnapshotKeys } from '../src/snapshot-file/index.ts';

const seed = '00112233445566778899aabbccddeeff';

/** A whole snapshot in memory. */
export async function take(member: EtcdMember): Promise<Buffer> {
  const blobs: Buffer[] = [];
  for await (const { blob } of member.snapshot({ idleMs: 10_000 })) blobs.push(Buffer.from(blob));
  return Buffer.concat(blobs);
}

/** Its keys, read in pieces as they come from a member. */
export async function keysOf(
  bytes: Buffer,
  { revision, compactRevision, mostRows }: { revision: number; compactRevision: number; mostRows?: number },
): Promise<SnapshotKeys> {
  const asked = { revision, compactRevision, seed, ...(mostRows === undefined ? {} : { mostRows }) };
  const pages = followPages(asked);
  for (let at = 0; at < bytes.length; at += 32_768) pages.add(bytes.subarray(at, at + 32_768));
  return pages.keys();
}

export function factsOf(bytes: Buffer): SnapshotFacts {
  const pages = followPages();
  pages.add(bytes);
  return pages.end();
}

/** Takes a snapshot and compares: what the member says, and what its pages say. */
export async function compare(member: EtcdMember): Promise<void> {
  const bytes = await take(member);
  const { revision, compactRevision } = factsOf(bytes);
  const answer = await member.hashKV(0);
  expect(answer.hashRevision).toBe(revision);
  // A member forgets nothing of a finished compaction; 0 and -1 are both none.
  expect(Math.max(0, answer.compactRevision)).toBe(compactRevision);
  const { keys, hashKV } = await keysOf(bytes, { revision, compactRevision });
  const found = await hashKV(compactRevision);
  expect(found).toMatchObject({ ok: true });
  expect(found.ok && found.hashes).toContain(answer.hash);
  expect(keys).toBe(await member.keyCount(0));
}
