import { atRate } from '../load/at-rate.ts';
import { changeObject, objectName, objectNames, sequenceOf } from '../load/objects.ts';
import { callsBetween, totalOf } from '../measure/api-calls.ts';
import { createLatencies } from '../measure/latencies.ts';
import { readCpuSeconds } from '../measure/process-figures.ts';
import { quantile } from '../measure/statistics.ts';
import { perUnit } from './per-unit.ts';
import { waitUntil } from './roll.ts';
import { type Scenario } from './scenario.ts';

/** Specs change at a steady rate: how long until the child has the new value, seen from outside. */
export const changes: Scenario = {
  key: 'b',
  title: 'spec changes at a steady rate',
  measure: (arena, contestant) =>
    arena.inNamespace(async (namespace) => {
      const { api, sizes, witness } = arena;
      const operator = await arena.startWorking(contestant, namespace);
      const { check } = operator;
      await arena.createReady(objectNames(sizes.objects), namespace, operator);
      const callsBefore = await arena.callsAtRest();
      const cpuBefore = readCpuSeconds(operator.pid);

      const latencies = createLatencies();
      const off = witness.onChild((child) => {
        if (child.namespace === namespace) latencies.seen(child.name, sequenceOf(child.value), child.at);
      });
      const began = performance.now();
      const rate = { perSecond: sizes.changesPerSecond, seconds: sizes.changesForSeconds };
      const count = await atRate(rate, async (index) => {
        const [name, sequence] = [objectName(index % sizes.objects), index + 1];
        latencies.sent(name, sequence);
        await changeObject(api, namespace, name, sequence);
        latencies.answered(name, sequence, performance.now());
      });
      const perSecond = count / ((performance.now() - began) / 1_000);
      const all = { what: 'every change to be seen', timeoutMs: 60_000, check };
      await waitUntil(
        () => latencies.missing() === 0,
        all,
        () => `${latencies.missing()} are missing`,
      );
      const calls = callsBetween(callsBefore, await arena.callsAtRest());
      const cpu = readCpuSeconds(operator.pid) - cpuBefore;
      off();
      return {
        figures: {
          changesPerSecond: perSecond,
          latencyP50Ms: quantile(latencies.values(), 0.5),
          latencyP99Ms: quantile(latencies.values(), 0.99),
          changesCpuMs: (cpu * 1_000) / count,
          changesCalls: totalOf(calls) / count,
        },
        calls: perUnit(calls, count),
      };
    }),
};
