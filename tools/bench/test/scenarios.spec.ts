import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, silent } from '@stateful/local-cluster';
import { buildOurs } from '../src/build/build-ours.ts';
import { type Contestant } from '../src/contestant/contestant.ts';
import { openArena, type Arena } from '../src/scenario/arena.ts';
import { scenariosNamed } from '../src/scenario/scenarios.ts';
import { quickSizes } from '../src/scenario/sizes.ts';

const isPossible = await canRunControlPlane('The benchmark');

/** What the scenarios say is tested with our operator alone: building the other takes minutes of a processor. */
(isPossible ? describe : describe.skip)('the scenarios, small', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  let arena: Arena;
  let ours: Contestant;
  const measure = async (letter: string, contestant: Contestant) => {
    const [scenario] = scenariosNamed([letter]);
    return scenario!.measure(arena, contestant);
  };

  beforeAll(async () => {
    [ours] = (await buildOurs(join(folder, 'ours'))) as [Contestant];
    arena = await openArena({ ...quickSizes, objects: 10, changesForSeconds: 1 }, folder, silent);
    // The first run on a machine builds Kubernetes.
  }, 1_800_000);
  afterAll(async () => {
    await arena?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('count each object and each call once', async () => {
    const { figures, calls } = await measure('a', ours);
    expect(calls).toMatchObject({ 'APPLY configmaps': 1, 'APPLY benches/status': 1 });
    expect(figures['convergeSeconds']).toBeGreaterThan(0);
    expect(figures['convergeCpuMs']).toBeGreaterThan(0);
  }, 60_000);

  it('see every change', async () => {
    const { figures, calls } = await measure('b', ours);
    expect(calls).toMatchObject({ 'APPLY configmaps': 1 });
    expect(figures['latencyP99Ms']).toBeGreaterThanOrEqual(figures['latencyP50Ms']!);
    expect(figures['changesPerSecond']).toBeGreaterThan(quickSizes.changesPerSecond * 0.8);
  }, 60_000);

  it('time a start from before the process was there', async () => {
    const { figures } = await measure('e', ours);
    // Node alone takes longer than this to begin.
    expect(figures['firstOfOneMs']).toBeGreaterThan(30);
  }, 60_000);

  it('fail with the log of an operator that ends, and leave nothing behind', async () => {
    const broken: Contestant = { ...ours, command: ['sh', '-c', 'echo out of order; exit 3'] };
    await expect(measure('a', broken)).rejects.toThrow(/exit code 3[\s\S]*out of order/);
    await expect(measure('e', ours)).resolves.toHaveProperty('figures.firstOfManyMs');
  }, 60_000);

  it('fail when an operator does nothing', async () => {
    const idle: Contestant = { ...ours, command: ['sh', '-c', 'exec sleep 100'] };
    const scenario = arena.inNamespace((namespace) => arena.startWorking(idle, namespace, 1_000));
    await expect(scenario).rejects.toThrow('in vain for the first child');
  }, 60_000);
});
