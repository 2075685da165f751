import { OperatorError } from '@stateful/reconcile-sdk';

/** What the pod tells its agent. */
export interface MemberSettings {
  readonly pod: string;
  readonly podUid: string;
  readonly address: string;
  readonly namespace: string;
  readonly cluster: string;
  /** Of the PostgresCluster: owner of what agents make. */
  readonly clusterUid: string;
  /** On the volume: data, and what must be as durable as the data. */
  readonly root: string;
  /** Lost with the pod: socket, certificates, passwords for libpq. */
  readonly runDir: string;
  readonly credentialsDir: string;
  readonly objectStoreDir: string;
  readonly port: number;
  readonly probesAddress: string;
}

/** Reads the pod's environment; throws an error that names every variable that is missing. */
export function memberSettings(env: Readonly<Record<string, string | undefined>>): MemberSettings {
  const needed = ['POD_NAME', 'POD_UID', 'POD_IP', 'POD_NAMESPACE', 'CLUSTER_NAME', 'CLUSTER_UID'] as const;
  const missing = needed.filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new OperatorError('bad-configuration', `the pod does not tell its agent ${missing.join(', ')}`);
  }
  const given = (name: (typeof needed)[number]): string => env[name] ?? '';
  return {
    pod: given('POD_NAME'),
    podUid: given('POD_UID'),
    address: given('POD_IP'),
    namespace: given('POD_NAMESPACE'),
    cluster: given('CLUSTER_NAME'),
    clusterUid: given('CLUSTER_UID'),
    root: env['AGENT_ROOT'] ?? '/var/lib/postgresql',
    runDir: env['AGENT_RUN_DIR'] ?? '/var/run/postgresql',
    credentialsDir: env['AGENT_CREDENTIALS_DIR'] ?? '/etc/stateful/credentials',
    objectStoreDir: env['AGENT_OBJECT_STORE_DIR'] ?? '/etc/stateful/object-store',
    port: Number(env['AGENT_POSTGRES_PORT'] ?? 5432),
    probesAddress: env['AGENT_PROBES_ADDRESS'] ?? ':8008',
  };
}
