import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningOperator } from '../contestant/start-operator.ts';
import { objectNames } from '../load/objects.ts';
import { readCpuSeconds, readMemory } from '../measure/process-figures.ts';
import { type Scenario } from './scenario.ts';

/** A process that finds everything as it should be, keeps it in its caches, and has nothing to do. */
export const memory: Scenario = {
  key: 'c',
  title: 'memory with full caches, at rest',
  // It takes minutes, and its figures hardly differ.
  mostRounds: 1,
  measure: (arena, contestant) =>
    arena.inNamespace(async (namespace) => {
      const { sizes } = arena;
      const parents = Math.floor(sizes.cached / 2);
      const maker = await arena.startWorking(contestant, namespace);
      await arena.createReady(objectNames(parents), namespace, maker);
      await quiet(maker);
      const worked = readMemory(maker.pid);
      await maker.end('SIGTERM');

      // Measured is a process that only took over: what making them has left behind counts above.
      const operator = await arena.startWorking(contestant, namespace);
      await quiet(operator);
      await sleep(sizes.restSeconds * 1_000);
      const { residentMb, anonymousMb } = readMemory(operator.pid);
      return { figures: { residentMb, anonymousMb, workedResidentMb: worked.residentMb } };
    }),
};

/** Until it takes less than a twentieth of a core for four seconds. */
async function quiet(operator: RunningOperator): Promise<void> {
  let calm = 0;
  let before = readCpuSeconds(operator.pid);
  for (let second = 0; calm < 4; second++) {
    if (second > 300) throw new Error('the operator does not come to rest');
    await sleep(1_000);
    operator.check();
    const now = readCpuSeconds(operator.pid);
    calm = now - before < 0.05 ? calm + 1 : 0;
    before = now;
  }
}
