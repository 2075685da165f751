import { names, type LastBackup } from '@stateful/postgres-api';
import { type Environment } from './environment.ts';
import { postgresClusters } from './postgres.ts';
import { waitForObject } from './wait.ts';

/** Asks for a backup now, as a user would, and waits until status tells how it went. */
export async function backUpNow(
  { kubectl, client }: Environment,
  namespace: string,
  cluster: string,
): Promise<LastBackup> {
  const job = `${cluster}-now-${Date.now().toString(36)}`;
  await kubectl(
    ...['create', 'job', '--namespace', namespace, job, `--from=cronjob/${names.backup(cluster)}`],
  );
  const found = await waitForObject(
    client,
    postgresClusters,
    { namespace, name: cluster },
    `the backup ${job} is in status`,
    (object) => object?.status?.lastBackup?.id === job,
    180_000,
    (object) => JSON.stringify(object?.status?.lastBackup ?? 'no backup yet'),
  );
  return found!.status!.lastBackup!;
}
