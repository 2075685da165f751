import { describe, expect, it } from '@jest/globals';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('a stream that breaks', () => {
  const used = useBackupWorld();

  describe('or is not what it should be', () => {
    type Tale = 'cut' | 'flipped' | 'short';
    it.each([
      ['cut', 0.1, 'StreamBroken'],
      ['cut', 0.5, 'StreamBroken'],
      ['cut', 0.99, 'StreamBroken'],
      ['short', 0.5, 'StreamBroken'],
      ['flipped', 0.5, 'SnapshotDigestMismatch'],
    ] as const)(
      'scenario 5, E-02: %s at %d is never visible, and tried again',
      async (tale: Tale, at, code) => {
        const name = `broken-${tale}-${String(at).replace('.', '')}`;
        let streams = 0;
        used.start({
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
        await used.world.create(name);
        const failed = await used.world.until(name, ({ status }) => status?.operation?.phase === 'Failed');
        expect(condition(failed)).toMatchObject({ status: 'Unknown', reason: code });
        expect(failed.status?.lastBackupRequest).toMatchObject({
          state: 'Abandoned',
          error: { code, retryable: true },
        });
        expect(await used.world.left(failed)).toEqual({ keys: [], uploads: 0 });
        const backup = await used.world.until(name, isOver, 60_000);
        expect(backup.status?.lastBackupRequest).toMatchObject({ attempt: 2, state: 'Settled' });
        expect(await used.world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
      },
      90_000,
    );
  });
});
