import {
  createLogger,
  createManager,
  describeError,
  loadKubeConfig,
  storageMigration,
} from '@stateful/reconcile-sdk';
import { postgresClusterPlan } from './controllers/postgres-cluster/definition.ts';
import { operatorName as name } from './operator-name.ts';
import { parseOptions } from './options.ts';
import { postgresClusters } from './postgres-clusters.ts';
import { randomPasswords } from './ports/passwords.ts';
import { operatorWebhooks } from './webhook-server.ts';

const options = parseOptions(process.argv.slice(2), process.env);
const log = createLogger({ name, verbose: options.verbose });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping');
    stop.abort();
  });
}

try {
  const config = await loadKubeConfig({
    ...(options.kubeconfig ? { path: options.kubeconfig, environment: process.env } : {}),
    ...(options.inClusterHost ? { inClusterHost: options.inClusterHost } : {}),
  });
  const manager = createManager({
    name,
    config,
    log,
    namespaces: options.watchNamespaces,
    identity: options.identity,
    reportingController: `db.example.com/${name}`,
    metricsAddress: options.metricsAddress,
    probesAddress: options.probesAddress,
    debugAddress: options.debugAddress,
    ...(options.leaderElect ? { election: { namespace: options.namespace ?? config.namespace } } : {}),
  });
  manager.addPlan(postgresClusterPlan({ images: options.images, passwords: randomPasswords }));
  // It concerns all objects, so somebody who may see all of them does it.
  if (options.watchNamespaces.length === 0)
    manager.addRunnable(storageMigration({ client: manager.client, resource: postgresClusters, log }));
  if (options.webhooks) {
    manager.addRunnable(
      operatorWebhooks(
        { ...options.webhooks, namespace: options.namespace ?? config.namespace },
        { client: manager.client, versions: Object.keys(options.images) },
        { config, log, metrics: manager.metrics },
      ),
    );
  }
  log.info(
    { versions: Object.keys(options.images), namespaces: options.watchNamespaces, server: config.server },
    'starting',
  );
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ error: describeError(error) }, 'cannot go on');
  process.exitCode = 1;
}
