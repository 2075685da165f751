import { describe, expect, it } from '@jest/globals';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('an operator that is killed', () => {
  const used = useBackupWorld();

  describe('at each boundary of its ledger', () => {
    /** Runs one backup; the process dies at the `at`-th place, and another one takes over. */
    async function life(name: string, at: number): Promise<string | undefined> {
      let count = 0;
      let place: string | undefined;
      const first = used.world.start({
        reach: (reached) => {
          if (++count !== at) return Promise.resolve();
          place = reached;
          first.die();
          throw new Error('the process is dead');
        },
      });
      await used.world.create(name);
      if (at === 0) {
        await used.world.until(name, isOver);
        await first.stop();
        return String(count);
      }
      await used.world.until(name, (backup) => place !== undefined || isOver(backup));
      const second = used.world.start({ identity: 'operator-2' });
      try {
        const backup = await used.world.until(name, isOver, 60_000);
        expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
        expect(await used.world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
        expect(backup.status?.lastBackupRequest?.attempt).toBe(1);
      } finally {
        await second.stop();
        first.die();
      }
      return place;
    }

    it('scenario 1, E-01, S-01: leaves exactly one object, one manifest and no upload', async () => {
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
});
