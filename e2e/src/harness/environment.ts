import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImages, helmBinary, type HelmMajor, type ImageName } from '@stateful/images';
import { clusterUp, type Cluster } from '@stateful/local-cluster';
import { connect, loadKubeConfig, resources, type KubeClient } from '@stateful/reconcile-sdk';
import { type Steps } from './steps.ts';
import { waitForObject } from './wait.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const minutes = 60_000;

/** An operator and what its suite runs beside it. Its chart, its release and its namespace have its name. */
export interface OperatorUnderTest {
  readonly name: 'postgres-operator' | 'etcd-backup-operator';
  readonly images: readonly ImageName[];
  /** Values of the chart, as Helm's `--set` takes them. */
  readonly values?: readonly string[];
}
export const postgresOperator: OperatorUnderTest = {
  name: 'postgres-operator',
  images: ['postgres', 'postgres-operator', 's3'],
};
export const etcdBackupOperator: OperatorUnderTest = {
  name: 'etcd-backup-operator',
  images: ['etcd', 'etcd-backup-operator', 's3'],
};

/** A cluster with the operator on it, and the means to act there. */
export interface Environment {
  operator: OperatorUnderTest;
  cluster: Cluster;
  client: KubeClient;
  /** Runs kubectl and returns what it printed. */
  kubectl: Cluster['kubectl'];
  close(): Promise<void>;
}

/** From nothing, or from whatever is there, to an installed operator. Each step is quick when it is done already. */
export async function prepare(
  steps: Steps,
  operator: OperatorUnderTest,
  options: { nodes?: number; helm?: HelmMajor } = {},
): Promise<Environment> {
  const images = await steps.run('images are built', async (note) => {
    const built = await buildImages(operator.images, { log: note });
    const made = built.filter((image) => image.built).map(({ name }) => name);
    note(made.length > 0 ? `${made.join(', ')} made anew` : 'all cached');
    return built;
  });
  const cluster = await steps.run('a Kubernetes of three nodes is up', async (note) => {
    const up = await clusterUp({ nodes: options.nodes ?? 3, log: note });
    note(`${up.nodes.length} nodes Ready, ${up.provider}`);
    return up;
  });
  await steps.run('the images are on every node', async (note) => {
    const names = await cluster.load(images.map(({ archive }) => archive));
    note(names.map((name) => name.replace(/^.*\//, '')).join(', '));
  });
  const config = await loadKubeConfig({ path: cluster.kubeconfigPath });
  const client = connect({ config, fieldManager: 'e2e' });
  await steps.run('the operator is installed by its chart', async (note) => {
    const image = await installOperator({ cluster, client, operator }, options.helm ?? '4');
    note(`Helm ${options.helm ?? '4'}, ${image}`);
  });
  return {
    operator,
    cluster,
    client,
    kubectl: cluster.kubectl,
    close: () => client.close(),
  };
}

/** Installs or upgrades, waits until the new pods are all there is, and returns their image. */
export async function installOperator(
  { cluster, client, operator }: Pick<Environment, 'cluster' | 'client' | 'operator'>,
  major: HelmMajor,
): Promise<string> {
  const { name } = operator;
  await helmInstall(cluster, operator, major);
  const deployment = await waitForObject(
    client,
    resources.deployments,
    { namespace: name, name },
    'the operator is available',
    (object) =>
      object?.status?.observedGeneration === object?.metadata?.generation &&
      (object?.status?.availableReplicas ?? 0) > 0 &&
      object?.status?.updatedReplicas === object?.status?.replicas,
    2 * minutes,
  );
  return deployment?.spec?.template.spec?.containers[0]?.image ?? '';
}

/** A new image under an old tag is taken up by restarting the pods. */
async function helmInstall(
  cluster: Cluster,
  { name, values = [] }: OperatorUnderTest,
  major: HelmMajor,
): Promise<void> {
  await execute(
    await helmBinary(major),
    [
      ...['upgrade', '--install', name, join(root, 'charts', name)],
      ...['--namespace', name, '--create-namespace'],
      ...values.flatMap((value) => ['--set', value]),
      // Images of a working tree keep their tag: the time makes the pods new, and with them the image.
      ...['--set', `podAnnotations.installed=at-${Date.now()}`],
    ],
    { env: { ...process.env, KUBECONFIG: cluster.kubeconfigPath }, timeout: 2 * minutes },
  );
}

/** Deletes the operator's pods without any time to end in. */
export const killOperator = ({ operator, kubectl }: Environment): Promise<string> =>
  kubectl(
    ...[
      '--namespace',
      operator.name,
      'delete',
      'pods',
      '--selector',
      `app.kubernetes.io/name=${operator.name}`,
    ],
    ...['--wait=false', '--grace-period=0', '--force'],
  );

/** What a Prometheus would read from a pod of the operator that is ready. */
export async function operatorMetrics({ operator, client, kubectl }: Environment): Promise<string> {
  const { items } = await client.list(resources.pods, { namespace: operator.name });
  const pod = items.find(
    ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  );
  if (!pod) throw new Error('no pod of the operator is ready');
  const path = `/api/v1/namespaces/${operator.name}/pods/${pod.metadata?.name ?? ''}:8080/proxy/metrics`;
  return kubectl('get', '--raw', path);
}
