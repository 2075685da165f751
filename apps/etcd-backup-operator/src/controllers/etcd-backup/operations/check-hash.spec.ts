import { describe, expect, it } from '@jest/globals';
import { type EtcdMember, type HashAnswer, type SnapshotKeys } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { checkHash } from './check-hash.ts';
import { compareMembers } from './compare-members.ts';

const keysOf = (hashes: number[], keys: number | undefined = 3): SnapshotKeys => ({
  keys,
  hashKV: (compactRevision) =>
    Promise.resolve(
      compactRevision < 5
        ? { ok: false, reason: 'those before 5 are compacted in the snapshot' }
        : { ok: true, hashes },
    ),
});
const captured = (members: Captured['members'], agreeing = 3, checked = 3): Captured =>
  ({
    etcd: { revision: 9, membersAgreeing: agreeing, membersChecked: checked },
    members,
  }) as unknown as Captured;
const told = (hash: number, compactRevision = 5) => ({
  told: { hash, compactRevision },
  disagreeing: ['https://c'],
});

describe('the hash of saved keys', () => {
  it.each([
    ['as most members say', keysOf([7]), captured(told(7), 2), 'Passed', undefined],
    ['another than theirs', keysOf([7]), captured(told(8)), 'Failed', /^HashKVDiffers: .*7.*8/],
    [
      'as half of them say',
      keysOf([7]),
      captured(told(7), 1, 2),
      'Failed',
      /^MembersDisagree: .*https:\/\/c/,
    ],
    ['that nobody was asked for', keysOf([7]), captured(undefined), 'Skipped', /none was asked/],
    [
      'that nobody told',
      keysOf([7]),
      captured({ disagreeing: [], silent: 'compacted' }),
      'Skipped',
      /compacted/,
    ],
    ['over rows that are gone', keysOf([7]), captured(told(7, 4)), 'Skipped', /before 5/],
    ['one of those of an empty store', keysOf([1, 2], 0), captured(told(2)), 'Passed', undefined],
    ['none of those of an empty store', keysOf([1, 2], 0), captured(told(3)), 'Skipped', /no key/],
  ] as const)('is %s', async (_, keys, found, result, reason) => {
    const verdict = await checkHash(keys, found);
    expect(verdict.result).toBe(result);
    if (reason) expect('reason' in verdict && verdict.reason).toMatch(reason);
  });
});

describe('members', () => {
  const member = (name: string, answer: (revision: number) => Partial<HashAnswer> | Error): EtcdMember =>
    ({
      endpoint: name,
      hashKV: (revision: number) => {
        const found = answer(revision);
        return found instanceof Error
          ? Promise.reject(found)
          : Promise.resolve({ hash: 1, compactRevision: 5, hashRevision: 9, ...found });
      },
    }) as unknown as EtcdMember;
  const ask = (mode: 'SameRevision' | 'Required', ...members: EtcdMember[]) =>
    compareMembers(members, { revision: 9, compactRevision: 5 }, mode, new AbortController().signal);

  it('that hold other keys than most are named', async () => {
    const all = [member('a', () => ({})), member('b', () => ({ hash: 2 })), member('c', () => ({}))];
    expect(await ask('SameRevision', ...all)).toEqual({
      membersChecked: 3,
      membersAgreeing: 2,
      told: { hash: 1, compactRevision: 5 },
      disagreeing: ['b'],
    });
    await expect(ask('Required', ...all)).rejects.toThrow(/MembersDisagree: .*b holds other keys than a, c/);
  });

  it('are compared only where they have compacted equally', async () => {
    const all = [
      member('a', () => ({ hash: 2, compactRevision: 7 })),
      member('b', () => ({})),
      member('c', () => ({})),
    ];
    expect(await ask('Required', ...all)).toMatchObject({ membersChecked: 2, membersAgreeing: 2 });
  });

  it('are asked once more when they remember a hash over rows that the snapshot no longer has', async () => {
    const remembers = (newest: Partial<HashAnswer>) =>
      member('a', (revision) => (revision === 0 ? newest : { hash: 3, compactRevision: -1 }));
    expect(await ask('SameRevision', remembers({ hash: 1 }))).toMatchObject({
      told: { hash: 1, compactRevision: 5 },
    });
    // It has gone on meanwhile: what it told first is all that there is.
    expect(await ask('SameRevision', remembers({ hash: 1, hashRevision: 10 }))).toMatchObject({
      told: { hash: 3, compactRevision: 0 },
    });
  });

  it('that do not answer say why', async () => {
    const silent = member('a', () => new Error('revision has been compacted'));
    expect(await ask('SameRevision', silent)).toEqual({
      membersChecked: 0,
      membersAgreeing: 0,
      disagreeing: [],
      silent: 'revision has been compacted',
    });
    await expect(ask('Required', silent)).rejects.toThrow(/NoMemberAnswers/);
  });
});
