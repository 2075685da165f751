import { InvalidArgumentError, Option, type Command } from 'commander';

/** What every operator's process is told on its command line and by its environment. */
export interface ProcessOptions {
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Empty: not served. */
  readonly metricsAddress: string;
  readonly probesAddress: string;
  readonly debugAddress: string;
  readonly leaderElect: boolean;
  /** How long a stop waits for what is nearly done. */
  readonly graceSeconds: number;
  /** Where the Lease of the leader is; without it the namespace of the kubeconfig or the pod counts. */
  readonly namespace: string | undefined;
  /** Unique name of this process. */
  readonly identity: string;
  readonly kubeconfig: string | undefined;
  /** `HOST:PORT` of the API server, in a pod. */
  readonly inClusterHost: string | undefined;
  readonly verbose: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Flags {
  watchNamespaces: string[];
  metricsAddress: string;
  probesAddress: string;
  debugAddress: string;
  leaderElect: boolean;
  grace: number;
  namespace?: string;
  identity?: string;
  kubeconfig?: string;
  verbose: boolean;
}

/** Adds the flags behind {@link ProcessOptions} to those that the command has. */
export const addProcessOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--watch-namespaces <names>', 'only these namespaces, separated by commas')
        .argParser(splitNames)
        .default([], 'all'),
    )
    .option('--metrics-address <address>', 'where /metrics is served; empty: nowhere', ':8080')
    .option('--probes-address <address>', 'where /healthz and /readyz are served; empty: nowhere', ':8081')
    .option(
      '--debug-address <address>',
      'where /explain is served, which tells why an object was looked at and what is next; empty: nowhere',
      '127.0.0.1:8082',
    )
    .option('--no-leader-elect', 'work without asking for the Lease: only where one process runs')
    .addOption(
      new Option(
        '--grace <seconds>',
        'how long a stop waits for what is nearly done; less than the pod is given',
      )
        .argParser(wholeSeconds)
        .default(0),
    )
    .option('--namespace <name>', 'where the Lease of the leader is (POD_NAMESPACE)')
    .option('--identity <name>', 'unique name of this process (POD_NAME)')
    .option('--kubeconfig <path>', 'how to reach the API server from outside the cluster (KUBECONFIG)')
    .option('--verbose', 'log every step', false)
    .allowExcessArguments(false);

/** Reads them from a command that has parsed its arguments; what was not said comes from the environment. */
export function processOptionsOf(command: Command, env: Environment): ProcessOptions {
  const flags = command.opts<Flags>();
  const host = env['KUBERNETES_SERVICE_HOST'];
  return {
    watchNamespaces: flags.watchNamespaces,
    metricsAddress: flags.metricsAddress,
    probesAddress: flags.probesAddress,
    debugAddress: flags.debugAddress,
    leaderElect: flags.leaderElect,
    graceSeconds: flags.grace,
    namespace: flags.namespace ?? env['POD_NAMESPACE'],
    identity: flags.identity ?? env['POD_NAME'] ?? env['HOSTNAME'] ?? command.name(),
    kubeconfig: flags.kubeconfig ?? env['KUBECONFIG'],
    inClusterHost: host ? `${bracketed(host)}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}` : undefined,
    verbose: flags.verbose,
  };
}

/** Names between commas; spaces around them and empty ones do not count. */
export const splitNames = (value: string): string[] =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function wholeSeconds(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number of seconds.');
  return Number(value);
}

/** An IPv6 address needs brackets before a port. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
