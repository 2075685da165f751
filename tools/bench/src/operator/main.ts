/** The operator of the benchmark on the reconcile SDK, bundled as those of our images are. */
import { parseArgs } from 'node:util';
import { createLogger, createManager, describeError, loadKubeConfig } from '@stateful/reconcile-sdk';
import { operatorName } from '../kind.ts';
import { benchPlan } from './bench.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    identity: { type: 'string', default: operatorName },
    namespace: { type: 'string', default: 'default' },
    concurrency: { type: 'string', default: '4' },
    'lease-duration': { type: 'string', default: '15s' },
    'renew-deadline': { type: 'string', default: '10s' },
    'retry-period': { type: 'string', default: '2s' },
  },
});
/** `15s` or `500ms`, as the flags of programs in Go are written. */
const milliseconds = (text: string): number =>
  text.endsWith('ms') ? Number(text.slice(0, -2)) : Number(text.slice(0, -1)) * 1_000;

const log = createLogger({ name: operatorName });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

try {
  const manager = createManager({
    name: operatorName,
    identity: values.identity,
    log,
    config: await loadKubeConfig({ path: values.kubeconfig ?? '' }),
    election: {
      namespace: values.namespace,
      durationMs: milliseconds(values['lease-duration']),
      renewDeadlineMs: milliseconds(values['renew-deadline']),
      retryMs: milliseconds(values['retry-period']),
    },
    metricsAddress: '127.0.0.1:0',
    probesAddress: '127.0.0.1:0',
  });
  manager.addPlan(benchPlan, { concurrency: Number(values.concurrency) });
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ error: describeError(error) }, 'cannot go on');
  process.exitCode = 1;
}
