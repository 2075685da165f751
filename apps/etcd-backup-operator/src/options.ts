import { Command, InvalidArgumentError, Option } from 'commander';

/** What this process was told on its command line and by its environment. */
export interface OperatorOptions {
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Backups under way at a time. */
  readonly concurrency: number;
  /** Empty: not served. */
  readonly metricsAddress: string;
  readonly probesAddress: string;
  readonly leaderElect: boolean;
  /** Where the Lease of the leader is; without it the namespace of the kubeconfig or the pod counts. */
  readonly namespace: string | undefined;
  /** Unique name of this process. */
  readonly identity: string;
  readonly kubeconfig: string | undefined;
  readonly verbose: boolean;
}

interface Flags {
  watchNamespaces: string[];
  concurrency: number;
  metricsAddress: string;
  probesAddress: string;
  leaderElect: boolean;
  namespace?: string;
  identity?: string;
  kubeconfig?: string;
  verbose: boolean;
}

/** The command with its help; `parseOptions` runs it. */
export const operatorCommand = (): Command =>
  new Command('etcd-backup-operator')
    .description('Makes EtcdBackups (db.example.com): verified snapshots of etcd in an object store.')
    .addOption(
      new Option('--watch-namespaces <names>', 'only these namespaces, separated by commas')
        .argParser((value: string) =>
          value
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== ''),
        )
        .default([], 'all'),
    )
    .addOption(
      new Option('--concurrency <number>', 'backups under way at a time; each takes five parts of memory')
        .argParser(positive)
        .default(2),
    )
    .option('--metrics-address <address>', 'where /metrics is served; empty: nowhere', ':8080')
    .option('--probes-address <address>', 'where /healthz and /readyz are served; empty: nowhere', ':8081')
    .option('--no-leader-elect', 'work without asking for the Lease: only where one process runs')
    .option('--namespace <name>', 'where the Lease of the leader is (POD_NAMESPACE)')
    .option('--identity <name>', 'unique name of this process (POD_NAME)')
    .option('--kubeconfig <path>', 'how to reach the API server from outside the cluster (KUBECONFIG)')
    .option('--verbose', 'log every step', false)
    .allowExcessArguments(false);

/** Throws CommanderError for what cannot be understood, with the text already written by `command`. */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = operatorCommand(),
): OperatorOptions {
  const flags = command.parse(argv, { from: 'user' }).opts<Flags>();
  return {
    watchNamespaces: flags.watchNamespaces,
    concurrency: flags.concurrency,
    metricsAddress: flags.metricsAddress,
    probesAddress: flags.probesAddress,
    leaderElect: flags.leaderElect,
    namespace: flags.namespace ?? env['POD_NAMESPACE'],
    identity: flags.identity ?? env['POD_NAME'] ?? env['HOSTNAME'] ?? 'etcd-backup-operator',
    kubeconfig: flags.kubeconfig ?? env['KUBECONFIG'],
    verbose: flags.verbose,
  };
}

function positive(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('It must be a number from 1 to 999.');
  return Number(value);
}
