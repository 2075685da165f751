import {
  group,
  names,
  postgresClusterKind,
  version,
  type PostgresCluster,
  type PostgresClusterSpecInput,
} from '@stateful/postgres-api';
import { defineResource, resources, type Lease, type Pod } from '@stateful/reconcile-sdk';
import { type Environment } from './environment.ts';
import { eventually, waitForObject } from './wait.ts';

export const postgresClusters = defineResource<PostgresCluster>(
  group,
  version,
  postgresClusterKind.kind,
  postgresClusterKind.plural,
);

/** One PostgresCluster under test. */
export interface Postgres {
  readonly namespace: string;
  readonly name: string;
  get(): Promise<PostgresCluster>;
  /** Waits until Ready is True for the newest generation. */
  ready(timeoutMs: number): Promise<PostgresCluster>;
  /** Waits until another instance than `former` is primary, and returns its name. */
  otherPrimary(former: string, timeoutMs: number): Promise<string>;
  primary(): Promise<string>;
  pod(instance: string): Promise<Pod>;
  /** Runs SQL as the superuser, inside the pod of an instance. */
  admin(instance: string, query: string, database?: string): Promise<string[]>;
  /** Waits until every other instance streams from the primary; Kubernetes' own word on pods may be half a minute old. */
  allStream(timeoutMs: number): Promise<void>;
  /** Runs SQL as the application's user through a Service or at an address, from a pod; rows as text lines. */
  sql(query: string, host?: string): Promise<string[]>;
}

/** Applies the object and gives a handle on it. */
export async function applyPostgres(
  { client }: Environment,
  namespace: string,
  name: string,
  spec: PostgresClusterSpecInput,
): Promise<void> {
  await client.apply(
    postgresClusters,
    { metadata: { namespace, name }, spec },
    {
      force: true,
    },
  );
}

export function postgres(environment: Environment, namespace: string, name: string): Postgres {
  const { client, kubectl } = environment;
  const key = { namespace, name };
  const get = (): Promise<PostgresCluster> => client.get(postgresClusters, key);
  const linesOf = (output: string): string[] => output.split('\n').filter((line) => line !== '');
  const psql = ['psql', '--no-psqlrc', '--tuples-only', '--no-align', '--quiet', '--set', 'ON_ERROR_STOP=1'];
  const admin = async (instance: string, query: string, database = 'postgres'): Promise<string[]> =>
    linesOf(
      await kubectl(
        ...['exec', '--namespace', namespace, instance, '--'],
        ...[...psql, '--host', '/var/run/postgresql', '--username', 'postgres'],
        ...['--dbname', database, '--command', query],
      ),
    );
  // The Lease, not status: the operator that writes status may be on the node that is cut off.
  const lease = { namespace, name: names.lease(name) };
  const primary = async (): Promise<string> =>
    (await client.get(resources.leases, lease)).spec?.holderIdentity ?? '';
  return {
    namespace,
    name,
    get,
    primary,
    async ready(timeoutMs) {
      const found = await waitForObject(
        client,
        postgresClusters,
        key,
        `PostgresCluster ${name} is Ready`,
        (object) => {
          const condition = conditionOf(object, 'Ready');
          return (
            condition?.status === 'True' && condition.observedGeneration === object?.metadata?.generation
          );
        },
        timeoutMs,
        (object) => conditionOf(object, 'Ready')?.message ?? 'it has no condition Ready',
      );
      return found!;
    },
    async otherPrimary(former, timeoutMs) {
      const holderOf = (lease: Lease | undefined): string => lease?.spec?.holderIdentity ?? '';
      const found = await waitForObject(
        client,
        resources.leases,
        lease,
        `another instance than ${former} is primary of ${name}`,
        (object) => holderOf(object) !== '' && holderOf(object) !== former,
        timeoutMs,
        (object) => JSON.stringify(object?.metadata?.annotations ?? 'no Lease'),
      );
      return holderOf(found);
    },
    admin,
    async allStream(timeoutMs) {
      await eventually(
        `all other instances of ${name} stream from the primary`,
        async () => {
          const { spec } = await get();
          const query = `select count(*) from pg_stat_replication where state = 'streaming' and application_name like '${name}-%'`;
          const [count] = await admin(await primary(), query);
          return Number(count) === spec.replicas - 1;
        },
        timeoutMs,
      );
    },
    pod: (instance) => client.get(resources.pods, { namespace, name: instance }),
    async sql(query, host = names.readWriteService(name)) {
      const output = await eventually(
        `SQL on ${host}`,
        () =>
          kubectl(
            ...['exec', '--namespace', namespace, clientPod(name), '--'],
            ...psql,
            ...['--host', host, '--command', query],
          ),
        30_000,
        500,
      );
      return linesOf(output);
    },
  };
}

export const conditionOf = (object: PostgresCluster | undefined, type: string) =>
  object?.status?.conditions?.find((condition) => condition.type === type);

export const clientPod = (cluster: string): string => `${cluster}-client`;

const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 999,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Credentials of the application's user, as libpq and node's driver read them. */
export const credentialsEnv = (cluster: string) =>
  Object.entries({ PGUSER: 'username', PGPASSWORD: 'password', PGDATABASE: 'dbname' }).map(([name, key]) => ({
    name,
    valueFrom: { secretKeyRef: { name: names.credentials(cluster), key } },
  }));

/** A pod of the Postgres image that waits, to run psql in, or a program that is given as a ConfigMap. */
export function toolPod(options: {
  namespace: string;
  name: string;
  cluster: string;
  command: string[];
  env?: { name: string; value: string }[];
  program?: string;
  node?: string;
  image?: string;
}): Pod {
  return {
    metadata: {
      namespace: options.namespace,
      name: options.name,
      labels: { 'app.kubernetes.io/name': 'e2e' },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      // Not through the scheduler, which would keep away from a node that is not Ready.
      ...(options.node ? { nodeName: options.node } : {}),
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'tool',
          image: options.image ?? 'docker.io/local/postgres:17.12.0',
          command: ['tini', '--', ...options.command],
          env: [
            ...credentialsEnv(options.cluster),
            { name: 'PGCONNECT_TIMEOUT', value: '5' },
            { name: 'HOME', value: '/tmp' },
            ...(options.env ?? []),
          ],
          securityContext: restricted,
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            ...(options.program ? [{ name: 'program', mountPath: '/program', readOnly: true }] : []),
          ],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        ...(options.program ? [{ name: 'program', configMap: { name: options.program } }] : []),
      ],
    },
  };
}

/** The pod from which SQL is run. */
export async function startClientPod(
  { client }: Environment,
  namespace: string,
  cluster: string,
): Promise<void> {
  const name = clientPod(cluster);
  await client.create(resources.pods, toolPod({ namespace, name, cluster, command: ['sleep', 'infinity'] }));
  await waitForObject(
    client,
    resources.pods,
    { namespace, name },
    `pod ${name} runs`,
    (pod) => pod?.status?.phase === 'Running',
    60_000,
    (pod) => JSON.stringify(pod?.status?.containerStatuses?.[0]?.state ?? pod?.status?.phase ?? 'no status'),
  );
}
