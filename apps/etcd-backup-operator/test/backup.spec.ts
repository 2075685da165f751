import { describe, expect, it } from '@jest/globals';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('a backup of a real etcd of three members into a real store', () => {
  const used = useBackupWorld();

  it('is complete, verified, and says of which revision it is', async () => {
    used.start();
    await used.world.create('first');
    const backup = await used.world.until('first', isOver);
    const revision = await used.world.etcd.members[0]!.client.revision();
    expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(condition(backup, 'Verified')).toMatchObject({ status: 'True', reason: 'ReadBack' });
    expect(backup.status?.verification).toMatchObject({ level: 'HashKV', result: 'Passed' });
    const { status } = backup;
    expect(status?.etcd).toMatchObject({
      revision,
      serverVersion: '3.6.5',
      wasLeader: false,
      membersChecked: 3,
      membersAgreeing: 3,
      keys: 24,
      hashKV: (await used.world.etcd.members[0]!.client.hashKV(revision)).hash,
    });
    expect(status?.lastBackupRequest).toMatchObject({
      opID: backup.metadata?.uid,
      attempt: 1,
      state: 'Settled',
      seal: { revision },
    });
    expect(await used.world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
    const manifest = JSON.parse(
      String(await used.world.store.get(`test/v1/${backup.metadata?.uid}/manifest.json`)),
    ) as object;
    const { hashKV, keys } = status?.etcd ?? {};
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      opID: backup.metadata?.uid,
      etcd: { revision, hashKV, keys },
      verification: { level: 'HashKV', result: 'Passed' },
    });
  }, 60_000);

  it.each([500, undefined])(
    'scenario 4: sends nothing twice when the answer of Complete is lost (status %s)',
    async (status) => {
      let completes = 0;
      used.world.proxy.rule = ({ operation, path }) =>
        operation === 'CompleteMultipartUpload' && path.endsWith('.db') && ++completes === 1
          ? { do: 'lose-answer', ...(status === undefined ? {} : { status }) }
          : undefined;
      const before = used.world.proxy.seen.length;
      used.start();
      await used.world.create(`lost-${status}`);
      const backup = await used.world.until(`lost-${status}`, isOver, 60_000);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      expect(completes).toBe(1);
      const sent = used.world.proxy.seen.slice(before).filter(({ operation }) => operation === 'UploadPart');
      expect(sent).toHaveLength(backup.status?.lastBackupRequest?.seal?.parts ?? 0);
    },
    90_000,
  );

  it('E-02: ends after so many attempts when the store refuses parts, and names the right', async () => {
    used.world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' ? { do: 'refuse', status: 403, code: 'AccessDenied' } : undefined;
    used.start();
    await used.world.create('denied', { retry: { maxAttempts: 2, baseSeconds: 1, capSeconds: 1 } });
    const backup = await used.world.until('denied', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'StoreRefused' });
    expect(condition(backup)?.message).toContain('grant s3:PutObject');
    expect(backup.status?.lastBackupRequest?.attempt).toBe(2);
    expect(await used.world.left(backup)).toEqual({ keys: [], uploads: 0 });
    expect(JSON.stringify(backup)).not.toContain(used.world.s3.secretKey);
  }, 90_000);

  it('never writes over an object of somebody else', async () => {
    used.start({
      reach: async (name) => {
        if (name !== 'snapshot/commit/act/before') return;
        const { metadata } = await used.world.get('foreign');
        await used.world.store.put(`test/v1/${metadata?.uid}/snapshot.db`, Buffer.from('precious'));
      },
    });
    await used.world.create('foreign');
    const backup = await used.world.until('foreign', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'KeyConflict' });
    expect(String(await used.world.store.get(`test/v1/${backup.metadata?.uid}/snapshot.db`))).toBe(
      'precious',
    );
    expect((await used.world.left(backup)).uploads).toBe(0);
  }, 60_000);
});
