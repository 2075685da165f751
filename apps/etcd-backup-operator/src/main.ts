import { runOperator } from '@stateful/operator-process';
import { systemClock, systemRandom } from '@stateful/reconcile-sdk';
import { etcdBackupPlan } from './controllers/etcd-backup/definition.ts';
import { operatorName } from './operator-name.ts';
import { parseOptions } from './options.ts';
import { openEndpoints } from './ports/members.ts';
import { secretsOf } from './ports/secrets.ts';
import { openS3 } from './ports/stores.ts';

const options = parseOptions(process.argv.slice(2), process.env);

await runOperator(operatorName, options, process.env, ({ manager }) => {
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
  return {};
});
