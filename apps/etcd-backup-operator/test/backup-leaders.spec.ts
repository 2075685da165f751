import { describe, expect, it } from '@jest/globals';
import { type BackupManifest } from '@stateful/etcd-backup-api';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('two operators that both lead', () => {
  const used = useBackupWorld();

  it.each([
    ['as fast as they can', 0],
    ['while each part takes its time', 150],
  ])(
    'scenario 3: make one object, and no attempt is lost (%s)',
    async (title, partMs) => {
      const { world } = used;
      const name = `two-leaders-${partMs}`;
      world.proxy.rule = ({ operation }) =>
        operation === 'UploadPart' && partMs > 0 ? { do: 'delay', ms: partMs } : undefined;
      const captures = { one: 0, two: 0 };
      const seen: string[] = [];
      const start = (identity: 'one' | 'two') =>
        used.start({
          identity,
          reach: (place) => {
            if (place === 'snapshot/capture/act/before') captures[identity]++;
            return Promise.resolve();
          },
        });
      const [one, two] = [start('one'), start('two')];
      // One attempt is all that it has: an attempt that fails because of the other one ends the backup.
      await world.create(name, { retry: { maxAttempts: 1, baseSeconds: 1, capSeconds: 1 } });
      const until = performance.now() + 30_000;
      const looked = await world.until(
        name,
        (backup) => {
          seen.push(condition(backup)?.reason ?? '');
          return isOver(backup) || performance.now() > until;
        },
        60_000,
      );
      // The control: both took part.
      expect(Math.min(captures.one, captures.two)).toBeGreaterThan(0);
      if (!isOver(looked)) await one.stop();
      const backup = await world.until(name, isOver, 60_000);
      await Promise.all([one.stop(), two.stop()]);
      expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
      expect(seen).not.toContain('KeyConflict');
      expect(backup.status?.lastBackupRequest).toMatchObject({ attempt: 1, state: 'Settled' });
      expect(await world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
      const manifest = JSON.parse(
        String(await world.store.get(`test/v1/${backup.metadata?.uid}/manifest.json`)),
      ) as BackupManifest;
      expect(manifest.object.sha256).toBe(backup.status?.artifact?.snapshotSHA256);
      console.info(
        `${title}: ${captures.one} and ${captures.two} captures, together over: ${isOver(looked)}`,
      );
    },
    150_000,
  );
});
