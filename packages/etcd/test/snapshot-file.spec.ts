import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokenSnapshot, followDigests, followPages } from '../src/snapshot-file/index.ts';
import { openWriter, startEtcd, type EtcdCluster, type Writer } from '../src/testing/index.ts';

describe('a snapshot of a real etcd', () => {
  let etcd: EtcdCluster;
  let writer: Writer;
  beforeAll(async () => {
    etcd = await startEtcd(1);
    writer = openWriter(etcd.endpoints[0]!);
  }, 600_000);
  afterAll(async () => {
    writer?.close();
    await etcd?.stop();
  });
  const member = () => etcd.members[0]!.client;

  async function take(): Promise<{ bytes: Buffer; remaining: number }> {
    const blobs: Buffer[] = [];
    let remaining = -1;
    for await (const { blob, remainingBytes } of member().snapshot({ idleMs: 10_000 })) {
      blobs.push(Buffer.from(blob));
      remaining = remainingBytes;
    }
    return { bytes: Buffer.concat(blobs), remaining };
  }
  function look(bytes: Buffer, pieceSize = 32 * 1024) {
    const [digests, pages] = [followDigests(), followPages()];
    for (let at = 0; at < bytes.length; at += pieceSize) {
      digests.add(bytes.subarray(at, at + pieceSize));
      pages.add(bytes.subarray(at, at + pieceSize));
    }
    return { digests: digests.end(), facts: () => pages.end() };
  }

  it('is whole, and tells the revision of an empty store', async () => {
    const { bytes, remaining } = await take();
    const { digests, facts } = look(bytes);
    expect(remaining).toBe(0);
    expect(digests).toEqual({
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      isWhole: true,
    });
    expect(facts()).toMatchObject({ revision: 1, compactRevision: 0, rows: 0, storageVersion: '3.6.0' });
  });

  it('tells the revision of a store with large values, deletions and compactions, in pieces of any size', async () => {
    for (let index = 0; index < 400; index++)
      await writer.put(`key-${index % 90}`, Buffer.alloc((index * 997) % 60_000, index));
    for (let index = 0; index < 30; index++) await writer.remove(`key-${index}`);
    const before = look((await take()).bytes);
    expect(before.facts()).toMatchObject({
      revision: await member().revision(),
      compactRevision: 0,
      rows: 430,
    });

    await writer.compact((await member().revision()) - 5);
    await writer.put('after', 'x');
    const { bytes } = await take();
    const revision = await member().revision();
    for (const pieceSize of [333, 4096, 5000, 1 << 20]) {
      const { facts, digests } = look(bytes, pieceSize);
      expect(digests.isWhole).toBe(true);
      expect(facts()).toMatchObject({ revision, compactRevision: revision - 6 });
    }
    const { hash } = await member().hashKV(0);
    expect(hash).toBeGreaterThan(0);
  }, 120_000);

  it('tells a revision whose rows are all compacted away', async () => {
    for (let index = 0; index < 90; index++) await writer.remove(`key-${index}`);
    await writer.remove('after');
    const revision = await member().revision();
    await writer.compact(revision);
    expect(look((await take()).bytes).facts()).toMatchObject({ revision, compactRevision: revision });
  });

  it('is known to be cut off, changed, or something else', async () => {
    const { bytes } = await take();
    expect(look(bytes.subarray(0, bytes.length - 512)).digests.isWhole).toBe(false);
    expect(look(bytes.subarray(0, bytes.length - 32)).digests.isWhole).toBe(false);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1]! ^= 1;
    expect(look(flipped).digests.isWhole).toBe(false);
    expect(() => look(bytes.subarray(0, 16_384)).facts()).toThrow(BrokenSnapshot);
    expect(() => look(Buffer.alloc(40_960, 7)).facts()).toThrow(BrokenSnapshot);
  });
});
