import { objectNames } from '../load/objects.ts';
import { callsBetween, totalOf } from '../measure/api-calls.ts';
import { readCpuSeconds } from '../measure/process-figures.ts';
import { perUnit } from './per-unit.ts';
import { type Scenario } from './scenario.ts';

/** Objects are created as fast as the API server takes them, until all are Ready. */
export const converge: Scenario = {
  key: 'a',
  title: 'objects created until all are Ready',
  measure: (arena, contestant) =>
    arena.inNamespace(async (namespace) => {
      const { objects } = arena.sizes;
      const operator = await arena.startWorking(contestant, namespace);
      const callsBefore = await arena.callsAtRest();
      const cpuBefore = readCpuSeconds(operator.pid);
      const seconds = await arena.createReady(objectNames(objects), namespace, operator);
      const calls = callsBetween(callsBefore, await arena.callsAtRest());
      const cpu = readCpuSeconds(operator.pid) - cpuBefore;
      // Once more, by a process whose code is compiled by now.
      const warm = await arena.createReady(objectNames(objects, objects), namespace, operator);
      return {
        figures: {
          convergeSeconds: seconds,
          convergeRate: objects / seconds,
          warmRate: objects / warm,
          convergeCpuMs: (cpu * 1_000) / objects,
          convergeCalls: totalOf(calls) / objects,
        },
        calls: perUnit(calls, objects),
      };
    }),
};
