import { Command, InvalidArgumentError, Option } from 'commander';

/** What this process was told on its command line and by its environment. */
export interface OperatorOptions {
  /** Image of each Postgres version. */
  readonly images: Readonly<Record<string, string>>;
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Empty: not served. */
  readonly metricsAddress: string;
  readonly probesAddress: string;
  readonly debugAddress: string;
  /** Undefined: no webhook is served. */
  readonly webhooks: WebhookOptions | undefined;
  readonly leaderElect: boolean;
  /** Where the Lease of the leader is; without it the namespace of the kubeconfig or the pod counts. */
  readonly namespace: string | undefined;
  /** Unique name of this process. */
  readonly identity: string;
  readonly kubeconfig: string | undefined;
  /** `HOST:PORT` of the API server, in a pod. */
  readonly inClusterHost: string | undefined;
  readonly verbose: boolean;
}

/** Where webhooks are served, and under which names. */
export interface WebhookOptions {
  readonly address: string;
  readonly service: string;
  readonly hosts: readonly string[];
  readonly certificatesDir: string | undefined;
}

interface Flags {
  postgresImage: Record<string, string>;
  watchNamespaces: string[];
  metricsAddress: string;
  probesAddress: string;
  debugAddress: string;
  webhookAddress: string;
  webhookService: string;
  webhookHosts: string[];
  webhookCertificates?: string;
  leaderElect: boolean;
  namespace?: string;
  identity?: string;
  kubeconfig?: string;
  verbose: boolean;
}

/** The command with its help; `parseOptions` runs it. */
export function operatorCommand(): Command {
  return new Command('postgres-operator')
    .description('Runs PostgresClusters (db.example.com) on Kubernetes.')
    .addOption(
      new Option(
        '--postgres-image <version=image>',
        'image of one Postgres version; repeat for each version that clusters may ask for',
      )
        .argParser(collectImage)
        .default({}, 'none'),
    )
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
    .option(
      '--webhook-address <address>',
      'where admission and conversion are served to the API server, such as :9443; empty: nowhere',
      '',
    )
    .option(
      '--webhook-service <name>',
      'Service in front of it, in the namespace of this pod; its Secret and configurations are named after it',
      'postgres-operator-webhook',
    )
    .addOption(
      new Option(
        '--webhook-hosts <names>',
        'further names that the certificate speaks for, separated by commas',
      )
        .argParser(splitNames)
        .default([], 'none'),
    )
    .option(
      '--webhook-certificates <folder>',
      'tls.crt and tls.key that somebody else renews, such as cert-manager; without it they are made here',
    )
    .option('--no-leader-elect', 'work without asking for the Lease: only where one process runs')
    .option('--namespace <name>', 'where the Lease of the leader is (POD_NAMESPACE)')
    .option('--identity <name>', 'unique name of this process (POD_NAME)')
    .option('--kubeconfig <path>', 'how to reach the API server from outside the cluster (KUBECONFIG)')
    .option('--verbose', 'log every step', false)
    .allowExcessArguments(false);
}

/** Throws CommanderError for what cannot be understood, with the text already written by `command`. */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = operatorCommand(),
): OperatorOptions {
  const flags = command.parse(argv, { from: 'user' }).opts<Flags>();
  const host = env['KUBERNETES_SERVICE_HOST'];
  return {
    images: flags.postgresImage,
    watchNamespaces: flags.watchNamespaces,
    metricsAddress: flags.metricsAddress,
    probesAddress: flags.probesAddress,
    debugAddress: flags.debugAddress,
    webhooks:
      flags.webhookAddress === ''
        ? undefined
        : {
            address: flags.webhookAddress,
            service: flags.webhookService,
            hosts: flags.webhookHosts,
            certificatesDir: flags.webhookCertificates,
          },
    leaderElect: flags.leaderElect,
    namespace: flags.namespace ?? env['POD_NAMESPACE'],
    identity: flags.identity ?? env['POD_NAME'] ?? env['HOSTNAME'] ?? 'postgres-operator',
    kubeconfig: flags.kubeconfig ?? env['KUBECONFIG'],
    inClusterHost: host ? `${bracketed(host)}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}` : undefined,
    verbose: flags.verbose,
  };
}

/** An IPv6 address needs brackets before a port. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function collectImage(value: string, before: Record<string, string>): Record<string, string> {
  const match = /^(\d+\.\d+\.\d+)=(\S+)$/.exec(value);
  if (!match?.[1] || !match[2]) {
    throw new InvalidArgumentError(
      'It must be MAJOR.MINOR.REVISION=IMAGE, such as 17.12.0=example.com/postgres:17.12.0.',
    );
  }
  return { ...before, [match[1]]: match[2] };
}

const splitNames = (value: string): string[] =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
