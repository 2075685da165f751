import { runOperator } from '@stateful/operator-process';
import { storageMigration } from '@stateful/reconcile-sdk';
import { postgresClusterPlan } from './controllers/postgres-cluster/definition.ts';
import { operatorName } from './operator-name.ts';
import { parseOptions } from './options.ts';
import { postgresClusters } from './postgres-clusters.ts';
import { randomPasswords } from './ports/passwords.ts';
import { operatorWebhooks } from './webhook-server.ts';

const options = parseOptions(process.argv.slice(2), process.env);

await runOperator(operatorName, options, process.env, ({ manager, config, log }) => {
  const versions = Object.keys(options.images);
  manager.addPlan(postgresClusterPlan({ images: options.images, passwords: randomPasswords }));
  // It concerns all objects, so somebody who may see all of them does it.
  if (options.watchNamespaces.length === 0)
    manager.addRunnable(storageMigration({ client: manager.client, resource: postgresClusters, log }));
  if (options.webhooks) {
    manager.addRunnable(
      operatorWebhooks(
        { ...options.webhooks, namespace: options.namespace ?? config.namespace },
        { client: manager.client, versions },
        { config, log, metrics: manager.metrics },
      ),
    );
  }
  return { versions };
});
