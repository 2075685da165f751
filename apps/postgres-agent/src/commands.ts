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
import { memberSettings } from './member/settings.ts';
import { runMember } from './member/member.ts';

const name = 'postgres-agent';

/** What the composition root hands over. */
export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal;
  /** The agent's own main module, in which the fence's thread starts. */
  readonly entry: URL;
}

/** Runs the command that was asked for; returns the exit code of the process. */
export async function runCommandLine({ argv, env, stop, entry }: Surroundings): Promise<number> {
  let code = 0;
  const program = new Command(name)
    .description('Runs one instance of a Postgres cluster in its pod')
    .option('--verbose', 'log every step');
  const log = () => createLogger({ name, verbose: program.opts<{ verbose?: boolean }>().verbose ?? false });
  program
    .command('run')
    .description('runs Postgres and takes part in the election, until SIGTERM')
    .action(async () => {
      const kube = await client(env);
      const clocks = { clock: systemClock, random: systemRandom };
      await runMember({ ...clocks, settings: memberSettings(env), client: kube, log: log(), entry }, stop);
      await kube.close();
    });
  program
    .command('backup')
    .description('asks the primary for a backup and waits for the answer')
    .option('--timeout <seconds>', 'when to give up', Number, 12 * 3600)
    .action(async ({ timeout }: { timeout: number }) => {
      const kube = await client(env);
      const isDone = await requestBackup({
        client: kube,
        clock: systemClock,
        log: log(),
        namespace: env['POD_NAMESPACE'] ?? '',
        cluster: env['CLUSTER_NAME'] ?? '',
        job: env['JOB_NAME'] ?? '',
        timeoutMs: timeout * 1000,
      });
      await kube.close();
      code = isDone ? 0 : 1;
    });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    log().fatal({ error: describeError(error) }, 'cannot go on');
    code = 1;
  }
  return code;
}

async function client(env: Surroundings['env']): Promise<KubeClient> {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const config = await loadKubeConfig({
    ...(KUBECONFIG ? { path: KUBECONFIG } : {}),
    ...(host ? { inClusterHost: `${host}:${port ?? '443'}` } : {}),
  });
  return connect({ config, fieldManager: name });
}
