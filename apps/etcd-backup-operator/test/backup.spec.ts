import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  condition,
  isOver,
  startBackupWorld,
  type BackupWorld,
  type RunningOperator,
} from './backup-world.ts';
import { openWriter, type Writer } from '@stateful/etcd/testing';

const mebibyte = 1024 * 1024;

describe('a backup of a real etcd of three members into a real store', () => {
  let world: BackupWorld;
  let writer: Writer;
  let operator: RunningOperator | undefined;
  beforeAll(async () => {
    world = await startBackupWorld();
    writer = openWriter(world.etcd.endpoints[0]!);
    for (let index = 0; index < 24; index++)
      await writer.put(`key-${index}`, Buffer.alloc(mebibyte / 2, index));
  }, 1_200_000);
  afterEach(async () => {
    world.proxy.rule = undefined;
    await operator?.stop();
    operator = undefined;
  });
  afterAll(async () => {
    writer?.close();
    await world?.stop();
  });

  it('is complete, verified, and says of which revision it is', async () => {
    operator = world.start();
    await world.create('first');
    const backup = await world.until('first', isOver);
    const revision = await world.etcd.members[0]!.client.revision();
    expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
    // The default asks for HashKV, which is not built yet.
    expect(condition(backup, 'Verified')).toMatchObject({ status: 'False', reason: 'LevelNotReached' });
    const { status } = backup;
    expect(status?.etcd).toMatchObject({
      revision,
      serverVersion: '3.6.5',
      wasLeader: false,
      membersChecked: 3,
      membersAgreeing: 3,
    });
    expect(status?.lastBackupRequest).toMatchObject({
      opID: backup.metadata?.uid,
      attempt: 1,
      state: 'Settled',
      seal: { revision },
    });
    expect(await world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
    const manifest = JSON.parse(
      String(await world.store.get(`test/v1/${backup.metadata?.uid}/manifest.json`)),
    ) as object;
    expect(manifest).toMatchObject({ schemaVersion: 1, opID: backup.metadata?.uid, etcd: { revision } });
  }, 60_000);

  describe('killed at each boundary of its ledger (scenario 1, E-01)', () => {
    /** Runs one backup; the process dies at the `at`-th place, and another one takes over. */
    async function life(name: string, at: number): Promise<string | undefined> {
      let count = 0;
      let place: string | undefined;
      const first = world.start({
        reach: (reached) => {
          if (++count !== at) return Promise.resolve();
          place = reached;
          first.die();
          throw new Error('the process is dead');
        },
      });
      await world.create(name);
      if (at === 0) {
        await world.until(name, isOver);
        await first.stop();
        return String(count);
      }
      await world.until(name, (backup) => place !== undefined || isOver(backup));
      const second = world.start({ identity: 'operator-2' });
      try {
        const backup = await world.until(name, isOver, 60_000);
        expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
        expect(await world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
        expect(backup.status?.lastBackupRequest?.attempt).toBe(1);
      } finally {
        await second.stop();
        first.die();
      }
      return place;
    }

    it('leaves exactly one object, one manifest and no upload', async () => {
      const places = Number(await life('calm', 0));
      const seen: string[] = [];
      for (let at = 1; at <= places; at++) seen.push((await life(`crash-${at}`, at)) ?? 'none');
      // Before and after the six requests, and around the status writes.
      for (const step of ['open', 'capture', 'commit', 'verify', 'sweep', 'manifest']) {
        expect(seen).toEqual(
          expect.arrayContaining([`snapshot/${step}/act/before`, `snapshot/${step}/act/after`]),
        );
      }
      expect(seen.filter((place) => place.startsWith('status/')).length).toBeGreaterThan(12);
      console.info(`${places} places, ${places} processes killed`);
    }, 600_000);
  });

  it('is made once by two operators that both lead for a while (scenario 3)', async () => {
    const steps = { one: 0, two: 0 };
    const start = (identity: 'one' | 'two') =>
      world.start({
        identity,
        reach: () => {
          steps[identity]++;
          return Promise.resolve();
        },
      });
    const [one, two] = [start('one'), start('two')];
    try {
      // Each spoils the other's attempts (PartsChanged) as long as both live: it needs some left when one is alone.
      await world.create('two-leaders', { retry: { maxAttempts: 50, baseSeconds: 1, capSeconds: 2 } });
      const isEnough = (): boolean => Math.min(steps.one, steps.two) >= 40;
      await world.until('two-leaders', (backup) => isOver(backup) || isEnough(), 60_000);
      // The control: both did take part.
      expect(Math.min(steps.one, steps.two)).toBeGreaterThan(0);
      await one.stop();
      const backup = await world.until('two-leaders', isOver, 60_000);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      // What is still under way ends before it is looked.
      await two.stop();
      const left = await world.left(backup);
      expect(left.keys).toEqual(['manifest.json', 'snapshot.db']);
      const digest = backup.status?.artifact?.snapshotSHA256;
      const manifest = JSON.parse(
        String(await world.store.get(`test/v1/${backup.metadata?.uid}/manifest.json`)),
      ) as {
        object: { sha256: string };
      };
      expect(manifest.object.sha256).toBe(digest);
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  }, 150_000);

  it.each([500, undefined])(
    'sends nothing twice when the answer of Complete is lost (scenario 4, status %s)',
    async (status) => {
      let completes = 0;
      world.proxy.rule = ({ operation, path }) =>
        operation === 'CompleteMultipartUpload' && path.endsWith('.db') && ++completes === 1
          ? { do: 'lose-answer', ...(status === undefined ? {} : { status }) }
          : undefined;
      const before = world.proxy.seen.length;
      operator = world.start();
      await world.create(`lost-${status}`);
      const backup = await world.until(`lost-${status}`, isOver, 60_000);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      expect(completes).toBe(1);
      const sent = world.proxy.seen.slice(before).filter(({ operation }) => operation === 'UploadPart');
      expect(sent).toHaveLength(backup.status?.lastBackupRequest?.seal?.parts ?? 0);
    },
    90_000,
  );

  describe('a stream that is not what it should be (scenario 5, E-02, E-04)', () => {
    type Tale = 'cut' | 'flipped' | 'short';
    it.each([
      ['cut', 0.1, 'StreamBroken'],
      ['cut', 0.5, 'StreamBroken'],
      ['cut', 0.99, 'StreamBroken'],
      ['short', 0.5, 'StreamBroken'],
      ['flipped', 0.5, 'SnapshotDigestMismatch'],
    ] as const)(
      '%s at %d is never visible, and tried again',
      async (tale: Tale, at, code) => {
        const name = `broken-${tale}-${String(at).replace('.', '')}`;
        let streams = 0;
        operator = world.start({
          tamper: (member) => ({
            ...member,
            async *snapshot(options) {
              const isBad = ++streams === 1;
              let seen = 0;
              let isTold = false;
              for await (const message of member.snapshot(options)) {
                seen += message.blob.length;
                const isThere = isBad && !isTold && seen >= (seen + message.remainingBytes) * at;
                if (isThere && tale === 'cut') throw new Error('reset by the test');
                if (isThere && tale === 'short') return;
                if (isThere) {
                  isTold = true;
                  message.blob[0]! ^= 1;
                }
                yield message;
              }
            },
          }),
        });
        await world.create(name);
        const failed = await world.until(name, ({ status }) => status?.operation?.phase === 'Failed');
        expect(condition(failed)).toMatchObject({ status: 'Unknown', reason: code });
        expect(failed.status?.lastBackupRequest).toMatchObject({
          state: 'Abandoned',
          error: { code, retryable: true },
        });
        expect(await world.left(failed)).toEqual({ keys: [], uploads: 0 });
        const backup = await world.until(name, isOver, 60_000);
        expect(backup.status?.lastBackupRequest).toMatchObject({ attempt: 2, state: 'Settled' });
        expect(await world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
      },
      90_000,
    );
  });

  it('ends after so many attempts when the store refuses parts, and names the right (E-02)', async () => {
    world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' ? { do: 'refuse', status: 403, code: 'AccessDenied' } : undefined;
    operator = world.start();
    await world.create('denied', { retry: { maxAttempts: 2, baseSeconds: 1, capSeconds: 1 } });
    const backup = await world.until('denied', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'StoreRefused' });
    expect(condition(backup)?.message).toContain('grant s3:PutObject');
    expect(backup.status?.lastBackupRequest?.attempt).toBe(2);
    expect(await world.left(backup)).toEqual({ keys: [], uploads: 0 });
    expect(JSON.stringify(backup)).not.toContain(world.s3.secretKey);
  }, 90_000);

  it('never writes over an object of somebody else', async () => {
    operator = world.start({
      reach: async (name) => {
        if (name !== 'snapshot/commit/act/before') return;
        const { metadata } = await world.get('foreign');
        await world.store.put(`test/v1/${metadata?.uid}/snapshot.db`, Buffer.from('precious'));
      },
    });
    await world.create('foreign');
    const backup = await world.until('foreign', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'KeyConflict' });
    expect(String(await world.store.get(`test/v1/${backup.metadata?.uid}/snapshot.db`))).toBe('precious');
    expect((await world.left(backup)).uploads).toBe(0);
  }, 60_000);

  it('refuses members that disagree when agreement is required, and names them (scenario 8)', async () => {
    const odd = world.etcd.endpoints[2]!;
    operator = world.start({
      tamper: (member) =>
        member.endpoint !== odd
          ? member
          : {
              ...member,
              hashKV: async (revision, signal) => ({ ...(await member.hashKV(revision, signal)), hash: 1 }),
            },
    });
    await world.create('disagree', { snapshot: { crossMemberHash: 'Required' } });
    const backup = await world.until('disagree', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'MembersDisagree' });
    expect(condition(backup)?.message).toContain(odd);
    expect(await world.left(backup)).toEqual({ keys: [], uploads: 0 });
    await world.create('agree', { snapshot: { crossMemberHash: 'Never' } });
    expect(condition(await world.until('agree', isOver, 60_000))?.status).toBe('True');
  }, 120_000);

  it('does not read a member that is cut off and behind (E-03)', async () => {
    const [, , third] = world.etcd.members;
    // Its answers are those of before: it has not heard of what the others have written since.
    const old = await third!.client.status();
    await writer.put('news', 'x');
    operator = world.start({
      tamper: (member) =>
        member.endpoint === third!.endpoint ? { ...member, status: () => Promise.resolve(old) } : member,
    });
    await world.create('behind', {
      snapshot: { member: 'Endpoint', endpoint: third!.endpoint },
      retry: { maxAttempts: 1 },
    });
    const refused = await world.until('behind', isOver, 60_000);
    expect(condition(refused)).toMatchObject({ status: 'False', reason: 'MembersBehind' });
    await world.create('not-behind');
    const backup = await world.until('not-behind', isOver, 60_000);
    expect(backup.status?.etcd?.endpoint).not.toBe(third!.endpoint);
    expect(backup.status?.etcd?.revision).toBeGreaterThan(old.revision);
  }, 120_000);

  it('is made with one of three members down, and waits without a quorum (scenario 9)', async () => {
    const [, second, third] = world.etcd.members;
    await third!.kill();
    operator = world.start();
    await world.create('two-of-three');
    expect(condition(await world.until('two-of-three', isOver, 60_000))).toMatchObject({ status: 'True' });
    await second!.kill();
    await world.create('one-of-three', { retry: { maxAttempts: 20, baseSeconds: 1, capSeconds: 1 } });
    const waiting = await world.until(
      'one-of-three',
      (backup) => condition(backup)?.reason === 'NoQuorum',
      60_000,
    );
    expect((await world.left(waiting)).keys).toEqual([]);
    second!.start();
    third!.start();
    expect(condition(await world.until('one-of-three', isOver, 90_000))).toMatchObject({ status: 'True' });
  }, 240_000);
});
