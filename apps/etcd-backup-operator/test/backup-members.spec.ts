import { describe, expect, it } from '@jest/globals';
import { type EtcdMember } from '@stateful/etcd';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { type MemberProcess } from '@stateful/etcd/testing';
import { alterValue } from './alter-value.ts';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('members that are away, behind, or differ', () => {
  const used = useBackupWorld();

  it('scenario 8: refuses hashes that differ when agreement is required, and names the member', async () => {
    const odd = used.world.etcd.endpoints[2]!;
    used.start({
      tamper: (member) =>
        member.endpoint !== odd
          ? member
          : {
              ...member,
              hashKV: async (revision, signal) => ({ ...(await member.hashKV(revision, signal)), hash: 1 }),
            },
    });
    await used.world.create('disagree', { snapshot: { crossMemberHash: 'Required' } });
    const backup = await used.world.until('disagree', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'MembersDisagree' });
    expect(condition(backup)?.message).toContain(odd);
    expect(await used.world.left(backup)).toEqual({ keys: [], uploads: 0 });
    await used.world.create('agree', { snapshot: { crossMemberHash: 'Never' } });
    expect(condition(await used.world.until('agree', isOver, 60_000))?.status).toBe('True');
  }, 120_000);

  it('scenario 8: finds a value that one member alone holds otherwise', async () => {
    const { world, writer } = used;
    const third = world.etcd.members[2]!;
    const alter = async (from: string, to: string): Promise<void> => {
      // What is in the database is not taken from the log again.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await third.kill();
      expect(alterValue(third.dataDir, from, to)).toBeGreaterThan(0);
      third.start();
      await untilServing(third.client);
    };
    await writer.put('balance', 'one-hundred-crowns');
    await alter('one-hundred-crowns', 'two-hundred-crowns');
    used.start();
    const made = async (name: string, snapshot: object): Promise<EtcdBackup> => {
      await world.create(name, { snapshot });
      return world.until(name, isOver, 60_000);
    };
    const required = await made('value-required', { crossMemberHash: 'Required' });
    expect(condition(required)).toMatchObject({ status: 'False', reason: 'MembersDisagree' });
    expect(condition(required)?.message).toContain(third.endpoint);
    expect(await world.left(required)).toEqual({ keys: [], uploads: 0 });

    // By default it is made, and says whether what was saved is what most members hold.
    const [of, odd] = [
      { member: 'Endpoint', endpoint: world.etcd.endpoints[1] },
      { member: 'Endpoint', endpoint: third.endpoint },
    ];
    const good = await made('value-good', of);
    expect(condition(good)).toMatchObject({ status: 'True' });
    expect(condition(good, 'Verified')).toMatchObject({ status: 'True', reason: 'ReadBack' });
    expect(good.status?.etcd).toMatchObject({ membersChecked: 3, membersAgreeing: 2 });
    const bad = await made('value-bad', odd);
    expect(condition(bad)).toMatchObject({ status: 'True' });
    expect(condition(bad, 'Verified')).toMatchObject({ status: 'False', reason: 'HashKVDiffers' });
    expect(bad.status?.verification).toMatchObject({ level: 'Stored', result: 'Failed' });

    const off = await made('value-off', { ...odd, crossMemberHash: 'Never' });
    expect(condition(off)).toMatchObject({ status: 'True' });
    await alter('two-hundred-crowns', 'one-hundred-crowns');
    const healed = await made('value-healed', { crossMemberHash: 'Required' });
    expect(healed.status?.etcd).toMatchObject({ membersChecked: 3, membersAgreeing: 3 });
  }, 180_000);

  it('E-03: does not read a member that is cut off and behind', async () => {
    const [, , third] = used.world.etcd.members;
    // Its answers are those of before: it has not heard of what the others have written since.
    const old = await third!.client.status();
    await used.writer.put('news', 'x');
    used.start({
      tamper: (member) =>
        member.endpoint === third!.endpoint ? { ...member, status: () => Promise.resolve(old) } : member,
    });
    await used.world.create('behind', {
      snapshot: { member: 'Endpoint', endpoint: third!.endpoint },
      retry: { maxAttempts: 1 },
    });
    const refused = await used.world.until('behind', isOver, 60_000);
    expect(condition(refused)).toMatchObject({ status: 'False', reason: 'MembersBehind' });
    await used.world.create('not-behind');
    const backup = await used.world.until('not-behind', isOver, 60_000);
    expect(backup.status?.etcd?.endpoint).not.toBe(third!.endpoint);
    expect(backup.status?.etcd?.revision).toBeGreaterThan(old.revision);
  }, 120_000);

  it('scenario 9: is made with one of three members down, and waits without a quorum', async () => {
    const [, second, third] = used.world.etcd.members;
    await third!.kill();
    used.start();
    await used.world.create('two-of-three');
    expect(condition(await used.world.until('two-of-three', isOver, 60_000))).toMatchObject({
      status: 'True',
    });
    await second!.kill();
    await used.world.create('one-of-three', { retry: { maxAttempts: 20, baseSeconds: 1, capSeconds: 1 } });
    const waiting = await used.world.until(
      'one-of-three',
      (backup) => condition(backup)?.reason === 'NoQuorum',
      60_000,
    );
    expect((await used.world.left(waiting)).keys).toEqual([]);
    second!.start();
    third!.start();
    expect(condition(await used.world.until('one-of-three', isOver, 90_000))).toMatchObject({
      status: 'True',
    });
  }, 240_000);

  it('E-04: begins anew with another leader when the one that serves it is killed', async () => {
    const { world } = used;
    let killed: MemberProcess | undefined;
    used.start({
      tamper: (member) => ({
        ...member,
        async *snapshot(options) {
          let seen = 0;
          for await (const message of member.snapshot(options)) {
            seen += message.blob.length;
            if (!killed && seen > message.remainingBytes) {
              killed = world.etcd.members.find(({ endpoint }) => endpoint === member.endpoint)!;
              await killed.kill();
            }
            yield message;
          }
        },
      }),
    });
    const fromLeader = { member: 'Leader', idleTimeoutSeconds: 5 };
    await world.create('leader-killed', {
      snapshot: fromLeader,
      retry: { maxAttempts: 20, baseSeconds: 1, capSeconds: 1 },
    });
    try {
      const failed = await world.until(
        'leader-killed',
        ({ status }) => status?.operation?.phase === 'Failed',
        60_000,
      );
      expect(condition(failed)?.reason).toBe('StreamBroken');
      expect(await world.left(failed)).toEqual({ keys: [], uploads: 0 });
      const backup = await world.until('leader-killed', isOver, 90_000);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      expect(backup.status?.etcd?.wasLeader).toBe(true);
      expect(backup.status?.etcd?.endpoint).not.toBe(killed?.endpoint);
      expect(condition(backup, 'Verified')).toMatchObject({ status: 'True' });
    } finally {
      killed?.start();
    }
  }, 200_000);
});

async function untilServing(member: EtcdMember): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await member.status();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
