import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { killAt, listPlaces } from './kills.ts';
import { startProcessWorld, type ProcessWorld } from './process-world.ts';
import { snapshots } from './subjects.ts';

// `make etcd-kills` does this at every place, 20 times.
describe('an operator in a process of its own, ended by SIGKILL', () => {
  let world: ProcessWorld;
  beforeAll(async () => {
    world = await startProcessWorld('killable');
  }, 1_200_000);
  afterAll(() => world?.stop());

  it('scenario 1: leaves exactly one object, one manifest and no upload', async () => {
    const places = await listPlaces(world, snapshots(world));
    // Around the six requests, in the stream, and around the writes before and after each request.
    expect(places.length).toBeGreaterThanOrEqual(39);
    const hardest = [
      'snapshot/open/act/after#1',
      'stream/first-part-sent#1',
      'write/snapshot/capture/before#2',
      'snapshot/commit/act/after#1',
      'write/snapshot/manifest/after#1',
    ];
    expect(places).toEqual(expect.arrayContaining(hardest));
    for (const place of hardest) {
      const { problems, rounds, kills } = await killAt(world, snapshots(world), place, {
        rounds: 2,
        together: 2,
      });
      expect({ place, problems, rounds, kills }).toEqual({ place, problems: [], rounds: 2, kills: 1 });
    }
  }, 240_000);

  it('control: what it leaves is found when it cannot see it', async () => {
    const { problems } = await killAt(world, snapshots(world), 'snapshot/open/act/after#1', {
      rounds: 1,
      together: 1,
      isBlind: true,
    });
    expect(problems.join()).toContain('1 uploads are open');
  }, 120_000);
});
