import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { names, type PostgresClusterSpecInput } from '@stateful/postgres-api';
import { describeError, resources } from '@stateful/reconcile-sdk';
import { backUpNow } from '../harness/backup.ts';
import { postgresOperator, prepare, type Environment } from '../harness/environment.ts';
import { gapMs, judgeRows } from '../harness/history.ts';
import { freshNamespace } from '../harness/namespace.ts';
import { startObjectStore } from '../harness/object-store.ts';
import { applyPostgres, postgres, startClientPod } from '../harness/postgres.ts';
import { createSteps, renderSteps, seconds } from '../harness/steps.ts';
import { startWriter } from '../harness/load.ts';

const namespace = 'demo';
const steps = createSteps();
let environment: Environment | undefined;

async function demo(): Promise<void> {
  environment = await prepare(steps, postgresOperator);
  const { client, cluster } = environment;
  const here = environment;
  await steps.run(`namespace ${namespace} is new`, () => freshNamespace(client, namespace));
  const store = await steps.run('an S3 server with TLS is up', async (note) => {
    const made = await startObjectStore(here, namespace);
    note(made.endpoint);
    return made;
  });
  const spec: PostgresClusterSpecInput = {
    replicas: 3,
    version: '17.12.0',
    storage: { size: '1Gi' },
    backupStore: store,
    backupSchedule: '02:30',
  };
  const pg = postgres(here, namespace, 'pg');
  await steps.run('a PostgresCluster of three is Ready', async (note) => {
    await applyPostgres(here, namespace, 'pg', spec);
    const ready = await pg.ready(180_000);
    note(ready.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '');
  });
  const writer = await steps.run('four writers commit rows through the rw Service', async (note) => {
    await startClientPod(here, namespace, 'pg');
    const started = await startWriter(here, {
      namespace,
      name: 'writer',
      cluster: 'pg',
      host: names.readWriteService('pg'),
      table: 'rows',
    });
    await started.acknowledges(200, 60_000);
    note('each row waits for a replica');
    return started;
  });
  const former = await pg.primary();
  await steps.run(`the primary ${former} is killed`, async (note) => {
    await client.delete(resources.pods, { namespace, name: former }, { gracePeriodSeconds: 1 });
    const next = await pg.otherPrimary(former, 60_000);
    await writer.acknowledges(200, 60_000);
    note(`${next} is primary`);
  });
  await steps.run('every acknowledged row is there', async (note) => {
    const verdict = judgeRows(await writer.stop(), await pg.sql('select id from rows'));
    if (verdict.verdict !== 'complete') {
      throw new Error(`rows are not as they were acknowledged\n${verdict.report}`);
    }
    note(`${verdict.acknowledged} rows, none lost; longest gap between two ${seconds(gapMs(verdict))}`);
  });
  await steps.run(`${former} is back as a replica, all are Ready`, async (note) => {
    await pg.allStream(120_000);
    const ready = await pg.ready(120_000);
    note((ready.status?.instances ?? []).map(({ name, role }) => `${name} ${role}`).join(', '));
  });
  await steps.run('a backup is in the S3 server', async (note) => {
    const backup = await backUpNow(here, namespace, 'pg');
    if (backup.state !== 'Succeeded')
      throw new Error(`the backup failed: ${backup.error ?? 'no reason given'}`);
    note(`${backup.label}, ${((backup.sizeBytes ?? 0) / 2 ** 20).toFixed(0)} MiB`);
  });
  await steps.run('it is restored into a second cluster with equal rows', async (note) => {
    const digest = `select count(*) || ' rows, md5 ' || md5(string_agg(id, ',' order by id)) from rows`;
    const expected = await pg.sql(digest);
    await applyPostgres(here, namespace, 'restored', {
      ...spec,
      replicas: 1,
      restoreFrom: { cluster: 'pg' },
    });
    const restored = postgres(here, namespace, 'restored');
    await restored.ready(180_000);
    await startClientPod(here, namespace, 'restored');
    const found = await restored.sql(digest);
    if (found.join() !== expected.join()) {
      throw new Error(`the restored rows differ: ${found.join()} instead of ${expected.join()}`);
    }
    note(found.join());
  });
  console.log(`\n${renderSteps(steps.done)}\n`);
  if (process.env['DOWN'] === '1') {
    await environment.close();
    environment = undefined;
    await cluster.down();
    return;
  }
  console.log(`Look around:
  export KUBECONFIG=${cluster.kubeconfigPath}
  kubectl get pgc,pods,services,leases --namespace ${namespace}
  kubectl describe pgc pg --namespace ${namespace}
  kubectl delete pod --namespace ${namespace} ${await pg.primary()}      # and see another take over
  make cluster-down                                  # removes every trace of it; \`make demo DOWN=1\` does so at once`);
}

try {
  await demo();
} catch (error) {
  console.error(`\nThe demo could not go on: ${describeError(error)}`);
  if (environment) {
    const dir = join(import.meta.dirname, '../../results/demo');
    mkdirSync(dir, { recursive: true });
    await environment.cluster.logs(dir).catch((cause: unknown) => console.error(describeError(cause)));
    console.error(`Logs of everything: ${dir}`);
  }
  process.exitCode = 1;
} finally {
  await environment?.close();
}
