/**
 * Soak: informers and a queue run against a real API server through a network that breaks all the time, and what
 * they say is compared with the truth. Exit code 1 when anything was missed, anyone was silent for over 90 s, or
 * memory or sockets grew.
 */
import { parseArgs } from 'node:util';
import { startControlPlane, terminalLog } from '@stateful/local-cluster';
import { connect, defineResource, loadKubeConfig, resources } from '../src/client/index.ts';
import { createSeededRandom, systemClock } from '../src/clock/index.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { runSoak } from './soak.ts';
import { looseDefinition } from '../test/loose-definition.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    'writes-per-second': { type: 'string', default: '15' },
    'without-watchdog': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const collect = globalThis.gc;
if (!collect) throw new Error('run with --expose-gc: memory is measured after a collection');

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const say = (line: string): void => console.log(line);

const plane = await startControlPlane({ log: terminalLog() });
try {
  const config = await loadKubeConfig({ path: plane.kubeconfigPath });
  const { hostname, port } = new URL(plane.server);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) }, systemClock);
  const direct = connect({ config, fieldManager: 'writer' });
  const client = connect({
    config: { ...config, server: `https://${hostname}:${proxy.port}` },
    fieldManager: 'soak',
  });
  const widgets = defineResource('soak.example.com', 'v1', 'Widget', 'widgets');
  await prepare();
  say(
    `soak for ${values.minutes} min, seed ${values.seed}${values['without-watchdog'] ? ', WITHOUT the watchdog' : ''}`,
  );
  const { violations, table } = await runSoak({
    direct,
    client,
    proxy,
    widgets,
    clock: systemClock,
    random: {
      faults: createSeededRandom(Number(values.seed)),
      writes: createSeededRandom(Number(values.seed) + 1),
      sdk: createSeededRandom(Number(values.seed) + 2),
    },
    minutes: Number(values.minutes),
    writesPerSecond: Number(values['writes-per-second']),
    withoutWatchdog: values['without-watchdog'],
    memory() {
      collect();
      return {
        heapBytes: process.memoryUsage().heapUsed,
        residentBytes: process.memoryUsage.rss(),
        sockets: proxy.openConnections(),
      };
    },
    say,
    sayMore: values.verbose ? say : () => undefined,
    signal: stop.signal,
  });
  await client.close();
  await direct.close();
  await proxy.close();
  const width = Math.max(...table.map(([what]) => what.length));
  say('');
  for (const [what, value] of table) say(`${what.padEnd(width)}  ${value}`);
  say(violations.length === 0 ? 'soak: passed' : `soak: FAILED\n${violations.slice(0, 20).join('\n')}`);
  process.exitCode = violations.length === 0 ? 0 : 1;

  async function prepare(): Promise<void> {
    for (const name of ['soak-a', 'soak-b', 'soak-c']) {
      await direct.create(resources.namespaces, { metadata: { name } });
    }
    await direct.create(resources.customResourceDefinitions, looseDefinition(widgets));
    const deadline = performance.now() + 30_000;
    while (
      !(await direct.list(widgets).then(
        () => true,
        () => false,
      ))
    ) {
      if (performance.now() > deadline) throw new Error('the custom kind is not served within 30 s');
      await systemClock.sleep(100);
    }
  }
} finally {
  await plane.stop();
}
