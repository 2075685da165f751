import { createLogger, createManager, describeError, loadKubeConfig } from '@stateful/reconcile-sdk';
import { websitePlan } from './definition.ts';
import { configMapZone } from './zone.ts';

const name = 'website-operator';
const { KUBECONFIG, POD_NAME = name, POD_NAMESPACE = 'default', ...environment } = process.env;
const log = createLogger({ name });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

try {
  const manager = createManager({
    name,
    identity: POD_NAME,
    log,
    config: await loadKubeConfig({
      ...(KUBECONFIG ? { path: KUBECONFIG } : {}),
      inClusterHost: `${environment['KUBERNETES_SERVICE_HOST']}:${environment['KUBERNETES_SERVICE_PORT']}`,
      environment: process.env,
    }),
    election: { namespace: POD_NAMESPACE },
    metricsAddress: ':8080',
    probesAddress: ':8081',
    debugAddress: '127.0.0.1:8082',
  });
  const zone = configMapZone(manager.client, { namespace: POD_NAMESPACE, name: 'zone' });
  manager.addPlan(websitePlan(zone));
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ error: describeError(error) }, 'cannot go on');
  process.exitCode = 1;
}
