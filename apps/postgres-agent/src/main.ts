import { isMainThread, workerData } from 'node:worker_threads';
import { Command } from 'commander';
import {
  connect,
  createLogger,
  describeError,
  loadKubeConfig,
  systemClock,
  systemRandom,
  type KubeClient,
} from '@stateful/reconcile-sdk';
import { requestBackup } from './backup/backup-job.ts';
import { fenceRole } from './fence/fence.ts';
import { runFenceThread } from './fence/fence-thread.ts';
import { memberSettings } from './member/settings.ts';
import { runMember } from './member/member.ts';

const name = 'postgres-agent';

async function client(): Promise<KubeClient> {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const config = await loadKubeConfig({
    ...(KUBECONFIG ? { path: KUBECONFIG } : {}),
    ...(host ? { inClusterHost: `${host}:${port ?? '443'}` } : {}),
  });
  return connect({ config, fieldManager: name });
}

if (!isMainThread && workerData === fenceRole) {
  runFenceThread(systemClock);
} else {
  const program = new Command(name)
    .description('Runs one instance of a Postgres cluster in its pod')
    .option('--verbose', 'log every step');
  const log = () => createLogger({ name, verbose: program.opts<{ verbose?: boolean }>().verbose ?? false });
  program
    .command('run')
    .description('runs Postgres and takes part in the election, until SIGTERM')
    .action(async () => {
      const stop = new AbortController();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
      const kube = await client();
      await runMember(
        {
          settings: memberSettings(process.env),
          client: kube,
          clock: systemClock,
          random: systemRandom,
          log: log(),
          entry: new URL(import.meta.url),
        },
        stop.signal,
      );
      await kube.close();
      process.exit(0);
    });
  program
    .command('backup')
    .description('asks the primary for a backup and waits for the answer')
    .option('--timeout <seconds>', 'when to give up', Number, 12 * 3600)
    .action(async ({ timeout }: { timeout: number }) => {
      const kube = await client();
      const isDone = await requestBackup({
        client: kube,
        clock: systemClock,
        log: log(),
        namespace: process.env['POD_NAMESPACE'] ?? '',
        cluster: process.env['CLUSTER_NAME'] ?? '',
        job: process.env['JOB_NAME'] ?? '',
        timeoutMs: timeout * 1000,
      });
      await kube.close();
      process.exitCode = isDone ? 0 : 1;
    });
  try {
    await program.parseAsync();
  } catch (error) {
    log().fatal({ error: describeError(error) }, 'cannot go on');
    process.exit(1);
  }
}
