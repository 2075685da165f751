import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImages, helmBinary, imageNames, type HelmMajor } from '@stateful/images';
import { clusterUp, type Cluster } from '@stateful/local-cluster';
import { connect, loadKubeConfig, resources, type KubeClient } from '@stateful/reconcile-sdk';
import { type Steps } from './steps.ts';
import { waitForObject } from './wait.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
export const operatorNamespace = 'postgres-operator';
const minutes = 60_000;

/** A cluster with the operator on it, and the means to act there. */
export interface Environment {
  cluster: Cluster;
  client: KubeClient;
  /** Runs kubectl and returns what it printed. */
  kubectl: Cluster['kubectl'];
  close(): Promise<void>;
}

/** From nothing, or from whatever is there, to an installed operator. Each step is quick when it is done already. */
export async function prepare(
  steps: Steps,
  options: { nodes?: number; helm?: HelmMajor } = {},
): Promise<Environment> {
  const images = await steps.run('images are built', async (note) => {
    const built = await buildImages(imageNames, { log: note });
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
    const image = await installOperator({ cluster, client }, options.helm ?? '4');
    note(`Helm ${options.helm ?? '4'}, ${image}`);
  });
  return {
    cluster,
    client,
    kubectl: cluster.kubectl,
    close: () => client.close(),
  };
}

/** Installs or upgrades, waits until the new pods are all there is, and returns their image. */
export async function installOperator(
  { cluster, client }: Pick<Environment, 'cluster' | 'client'>,
  major: HelmMajor,
): Promise<string> {
  await helmInstall(cluster, major);
  const deployment = await waitForObject(
    client,
    resources.deployments,
    { namespace: operatorNamespace, name: 'postgres-operator' },
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
async function helmInstall(cluster: Cluster, major: HelmMajor): Promise<void> {
  await execute(
    await helmBinary(major),
    [
      ...['upgrade', '--install', 'postgres-operator', join(root, 'charts/postgres-operator')],
      ...['--namespace', operatorNamespace, '--create-namespace'],
      // Images of a working tree keep their tag: the time makes the pods new, and with them the image.
      ...['--set', `podAnnotations.installed=at-${Date.now()}`],
    ],
    { env: { ...process.env, KUBECONFIG: cluster.kubeconfigPath }, timeout: 2 * minutes },
  );
}
