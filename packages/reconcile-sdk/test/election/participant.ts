/**
 * One process of the two-leaders test: an elector, and a writer that writes as fast as it may while it leads. Told
 * what to do by its parent's messages.
 */
import { connect, createKubeClient, createTransport, loadKubeConfig } from '../../src/client/index.ts';
import { resources } from '../../src/client/resource.ts';
import { systemRandom } from '../../src/clock/index.ts';
import { createElector } from '../../src/election/index.ts';
import { machineClock } from '../../src/election/machine-clock.ts';
import { isFenced } from '../../src/errors/index.ts';
import { createLogger } from '../../src/logging/index.ts';
import { leaseName, target, type Order, type ParticipantOptions, type Report } from './protocol.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as ParticipantOptions;
const { identity, namespace, servers } = options;
const tell = (report: Report): void => void process.send?.(report);
const log = createLogger({
  name: identity,
  destination: { write: (line) => tell({ kind: 'log', line: line.trimEnd() }) },
});
const config = await loadKubeConfig({ path: options.kubeconfig });
const elector = createElector({
  client: connect({ config: { ...config, server: servers.lease }, fieldManager: identity }),
  clock: machineClock,
  random: systemRandom,
  log,
  lease: { namespace, name: leaseName },
  identity,
  config: { ...config, server: servers.lease },
  thread: options.thread,
  ...options.times,
  onChange: (fact) => {
    if (fact.kind === 'leading') tell({ kind: 'leading', epoch: fact.epoch });
    if (fact.kind === 'not-leading') tell({ kind: 'not-leading' });
  },
});
const transport = createTransport({
  config: { ...config, server: servers.writes },
  clock: machineClock,
  random: systemRandom,
  userAgent: identity,
});

async function lead(signal: AbortSignal): Promise<void> {
  const epoch = elector.epoch();
  // Who writes, and in which term, is in the field manager, and so in the audit log.
  const client = createKubeClient({
    transport,
    fieldManager: `${identity}.${epoch}`,
    ...(options.fence ? { beforeWrite: () => elector.fence() } : {}),
    ...(options.fence && options.cutsWrites ? { writeSignal: () => elector.signal() } : {}),
  });
  const isOver = (): boolean => options.fence && signal.aborted;
  let count = 0;
  async function writer(): Promise<void> {
    while (!isOver()) {
      const data = { writer: identity, epoch: String(epoch), count: String(count++) };
      const key = { namespace, ...target };
      await client
        .mergePatch(resources.configMaps, key, { data }, { timeoutMs: 60_000 })
        .catch((error: unknown) => {
          if (!isFenced(error) && !isOver()) log.debug({ error: String(error) }, 'a write failed');
        });
      await machineClock.sleep(options.pauseMs);
    }
  }
  await Promise.all(Array.from({ length: options.writers }, writer));
}

function stall(ms: number, busily: boolean): void {
  const end = machineClock.monotonic() + ms;
  if (!busily) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  while (machineClock.monotonic() < end);
  // Before the event loop gets to anything else.
  tell({ kind: 'stall-over', stillHeld: elector.holds() });
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.on('message', (order: Order) => {
  if (order.do === 'stop') stop.abort();
  else stall(order.ms, order.busily);
});
process.once('disconnect', () => process.exit(1));
tell({ kind: 'ready' });
await elector.run(stop.signal, lead);
process.exit(0);
