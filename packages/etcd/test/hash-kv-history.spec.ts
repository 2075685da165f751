import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type EtcdMember } from '../src/client/member.ts';
import { openWriter, startEtcd, type EtcdCluster, type Writer } from '../src/testing/index.ts';
import { compare, factsOf, keysOf, take } from './hashing.ts';

describe('HashKV from the pages of a snapshot', () => {
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

  it('scenario 7: after any history', async () => {
    const key = fc.integer({ min: 0, max: 9 }).map((index) => `any-${index}`);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: key, value: fc.string({ maxLength: 3000 }) }) },
      { weight: 3, arbitrary: fc.record({ remove: key }) },
      { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
      { weight: 2, arbitrary: fc.record({ lease: key }) },
      { weight: 2, arbitrary: fc.record({ compact: fc.integer({ min: 0, max: 12 }) }) },
      {
        weight: 3,
        arbitrary: fc.uniqueArray(key, { minLength: 1, maxLength: 5 }).map((keys) => ({
          txn: keys.map((one, index) => (index % 3 === 2 ? { remove: one } : { put: one, value: one })),
        })),
      },
    );
    let lease = 1000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 0, max: 8 }),
        async (steps, behind) => {
          for (const one of steps) {
            if ('put' in one) await writer.put(one.put, one.value);
            else if ('remove' in one) await writer.remove(one.remove);
            else if ('clear' in one) await writer.remove('\0', '\xff');
            else if ('txn' in one) await writer.change(one.txn);
            else if ('lease' in one) {
              await writer.grantLease(++lease, 3600);
              await writer.put(one.lease, 'leased', lease);
              if (lease % 2 === 0) await writer.revokeLease(lease);
            } else await writer.compact((await member.revision()) - one.compact).catch(() => undefined);
          }
          await compare(member);
          // As the operator does it: the members are asked later, when they may have compacted further.
          const bytes = await take(member);
          const facts = factsOf(bytes);
          await writer.put('any-later', 'x');
          await writer.compact(facts.revision - behind).catch(() => undefined);
          const answer = await member.hashKV(facts.revision);
          const compactRevision = Math.max(0, answer.compactRevision);
          if (compactRevision < facts.compactRevision) return;
          const keys = await keysOf(bytes, { revision: facts.revision, compactRevision });
          const found = await keys.hashKV(compactRevision);
          expect(found.ok && found.hashes).toContain(answer.hash);
        },
      ),
      { numRuns: Number(process.env['HASH_RUNS'] ?? 150) },
    );
  }, 240_000);
});
