import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@stateful/reconcile-sdk';
import { openMember, type EtcdMember } from '../src/client/member.ts';
import { openWriter, startEtcd, type EtcdCluster, type Writer } from '../src/testing/index.ts';
import { compare, factsOf, keysOf, take } from './hashing.ts';

describe('scenario 7: HashKV from the pages of a snapshot is what a real member answers', () => {
  let etcd: EtcdCluster;
  let writer: Writer;
  let member: EtcdMember;
  beforeAll(async () => {
    etcd = await startEtcd(1);
    writer = openWriter(etcd.endpoints[0]!);
    member = etcd.members[0]!.client;
  }, 600_000);
  afterAll(async () => {
    writer?.close();
    await etcd?.stop();
  });

  it('scenario 7: empty', () => compare(member));

  it('scenario 7: one key, in the bucket itself', async () => {
    await writer.put('one', 'x');
    await compare(member);
  });

  it('scenario 7: many keys, rows larger than a page among them', async () => {
    for (let index = 0; index < 3000; index++)
      await writer.put(
        `key-${index % 1700}`,
        Buffer.alloc((index * 97) % (index % 50 === 0 ? 60_000 : 700), index),
      );
    await compare(member);
  }, 60_000);

  it('scenario 7: deleted', async () => {
    for (let index = 0; index < 1700; index += 3) await writer.remove(`key-${index}`);
    await compare(member);
  }, 60_000);

  it('scenario 7: transactions with several changes in one revision', async () => {
    for (let index = 0; index < 20; index++) {
      await writer.change([
        { put: `key-${index}`, value: 'a' },
        { put: `txn-${index}`, value: 'b' },
        { remove: `key-${100 + index * 10}`, end: `key-${100 + index * 10 + 5}` },
      ]);
    }
    await compare(member);
  });

  it('scenario 7: leases, and a lease that takes its keys along', async () => {
    await writer.grantLease(7, 3600);
    await writer.grantLease(8, 3600);
    for (let index = 0; index < 30; index++) await writer.put(`leased-${index}`, 'x', 7 + (index % 2));
    await compare(member);
    await writer.revokeLease(8);
    await compare(member);
  });

  it('scenario 7: compacted in the midst of its history', async () => {
    await writer.compact((await member.revision()) - 400);
    await compare(member);
    for (let index = 0; index < 200; index++) await writer.put(`key-${index}`, 'again');
    await compare(member);
    await writer.compact((await member.revision()) - 100);
    await compare(member);
  });

  it('scenario 7: compacted at a tombstone', async () => {
    await writer.put('short-lived', 'x');
    await writer.put('older', 'x');
    await writer.remove('older');
    await writer.remove('short-lived');
    const revision = await member.revision();
    await writer.put('behind', 'x');
    await writer.compact(revision);
    await compare(member);
  });

  it('scenario 7: compacted up to its end', async () => {
    await writer.compact(await member.revision());
    const bytes = await take(member);
    const { revision, compactRevision } = factsOf(bytes);
    expect(compactRevision).toBe(revision);
    await compare(member);
  });

  it('scenario 7: members that have compacted further than the snapshot', async () => {
    for (let index = 0; index < 50; index++) await writer.put(`key-${index % 20}`, String(index));
    await writer.remove('key-3');
    const bytes = await take(member);
    const { revision, compactRevision } = factsOf(bytes);
    const told: { hash: number; compactRevision: number }[] = [];
    for (const behind of [30, 1, 0]) {
      await writer.put('key-5', `behind ${behind}`);
      await writer.compact(revision - behind);
      told.push(await member.hashKV(revision));
    }
    // The last one is remembered from the compaction at that very revision, and tells the one before.
    expect(told.map((one) => one.compactRevision)).toEqual([revision - 30, revision - 1, revision - 1]);
    for (const { hash, compactRevision } of told) {
      const keys = await keysOf(bytes, { revision, compactRevision });
      expect(await keys.hashKV(compactRevision)).toEqual({ ok: true, hashes: [hash] });
    }
    const keys = await keysOf(bytes, { revision, compactRevision: revision });
    for (const { hash, compactRevision } of told)
      expect(await keys.hashKV(compactRevision)).toEqual({ ok: true, hashes: [hash] });
    expect(await keys.hashKV(compactRevision - 1)).toMatchObject({ ok: false });
    expect((await keys.hashKV(compactRevision)).ok).toBe(true);
  });

  it('scenario 7: a compaction that was begun and not finished, also when its member dies in it', async () => {
    const fill = async (round: string): Promise<number> => {
      for (let index = 0; index < 300; index++) {
        await writer.change(
          Array.from({ length: 100 }, (_, at) => ({ put: `much-${(index % 3) * 100 + at}`, value: round })),
        );
      }
      await writer.remove('much-7');
      return member.revision();
    };
    for (const isKilled of [false, true]) {
      const revision = await fill(`killed ${isKilled}`);
      const compacting = writer.compact(revision - 2).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 60));
      const bytes = await take(member);
      if (isKilled) await etcd.members[0]!.kill();
      await compacting;
      if (isKilled) {
        etcd.members[0]!.start();
        await until(() => member.revision());
      }
      const facts = factsOf(bytes);
      expect(facts).toMatchObject({ revision, compactRevision: revision - 2 });
      // It was in the midst of it: rows are left that the compaction takes away.
      expect(facts.rows).toBeGreaterThan(factsOf(await take(member)).rows);
      const answer = await member.hashKV(0);
      const keys = await keysOf(bytes, facts);
      expect(await keys.hashKV(facts.compactRevision)).toEqual({ ok: true, hashes: [answer.hash] });
      expect(keys.keys).toBe(await member.keyCount(0));
    }
  }, 120_000);

  it('is not told when it would take too much memory, or was not asked for', async () => {
    const bytes = await take(member);
    const { revision, compactRevision } = factsOf(bytes);
    const few = await keysOf(bytes, { revision, compactRevision, mostRows: 10 });
    expect(few.keys).toBeUndefined();
    expect(await few.hashKV(compactRevision)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('10 rows'),
    });
    const keys = await keysOf(bytes, { revision, compactRevision });
    expect(await keys.hashKV(compactRevision + 1)).toMatchObject({ ok: false });
  });

  it('is another one when a value, a key or a row differs', async () => {
    await writer.put('precious', 'gold-and-silver');
    const bytes = await take(member);
    const { revision, compactRevision } = factsOf(bytes);
    const { hash } = await member.hashKV(0);
    for (const word of ['precious', 'gold-and-silver']) {
      const changed = Buffer.from(bytes);
      for (let at = changed.indexOf(word); at >= 0; at = changed.indexOf(word, at + 1)) changed[at]! ^= 1;
      const found = await (await keysOf(changed, { revision, compactRevision })).hashKV(compactRevision);
      expect(found.ok && found.hashes).not.toContain(hash);
    }
    const before = await (
      await keysOf(bytes, { revision: revision - 1, compactRevision })
    ).hashKV(compactRevision);
    expect(before).toEqual({ ok: true, hashes: [(await member.hashKV(revision - 1)).hash] });
  });

  it('scenario 7: with sign-in', async () => {
    await writer.put('secret', 'x');
    await writer.enableAuth('of-the-test');
    const signedIn = openMember(
      etcd.endpoints[0]!,
      { auth: { name: 'root', password: 'of-the-test' } },
      systemClock,
    );
    try {
      await compare(signedIn);
    } finally {
      signedIn.close();
    }
  });
});

async function until(works: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (
      await works().then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('etcd did not come up');
}
