import {
  createLogger,
  createManager,
  describeError,
  loadKubeConfig,
  systemClock,
  systemRandom,
} from '@stateful/reconcile-sdk';
import { etcdBackupPlan } from './controllers/etcd-backup/definition.ts';
import { operatorName as name } from './operator-name.ts';
import { parseOptions } from './options.ts';
import { openEndpoints } from './ports/members.ts';
import { secretsOf } from './ports/secrets.ts';
import { openS3 } from './ports/stores.ts';

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
  const config = await loadKubeConfig(
    options.kubeconfig ? { path: options.kubeconfig, environment: process.env } : {},
  );
  const manager = createManager({
    name,
    config,
    log,
    namespaces: options.watchNamespaces,
    identity: options.identity,
    reportingController: `db.example.com/${name}`,
    metricsAddress: options.metricsAddress,
    probesAddress: options.probesAddress,
    ...(options.leaderElect ? { election: { namespace: options.namespace ?? config.namespace } } : {}),
  });
  const readSecret = secretsOf(manager.client);
  manager.addPlan(
    etcdBackupPlan({
      identity: options.identity,
      clock: systemClock,
      openStore: openS3(readSecret, { clock: systemClock, random: systemRandom }),
      openMembers: openEndpoints(readSecret, systemClock),
    }),
    { concurrency: options.concurrency },
  );
  log.info({ namespaces: options.watchNamespaces, server: config.server }, 'starting');
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ error: describeError(error) }, 'cannot go on');
  process.exitCode = 1;
}
