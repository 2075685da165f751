import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasGo, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { eventually } from '@stateful/local-cluster';
import { canRunHelm, chart, helm, helmMajors, render, setting, type HelmMajor } from './helm.ts';
import { get, kubectl } from './kubectl.ts';
import { startOperator } from './operator-process.ts';

const isPossible = process.platform === 'linux' && (await hasGo()) && (await canRunHelm());
if (!isPossible) {
  const message = 'The chart was not installed: that needs Linux, Go and Helm';
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
}

// The first run on a machine builds Kubernetes and fetches Helm.
const buildTimeoutMs = 1_800_000;
const release = 'postgres-operator';
const crd = 'postgresclusters.db.example.com';

(isPossible ? describe : describe.skip).each(helmMajors)('installed by Helm %s', (major: HelmMajor) => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
    for (const name of ['a', 'b']) await kubectl(plane, 'create', 'namespace', name);
  }, buildTimeoutMs);
  afterAll(() => plane?.stop());

  const run = (...args: string[]): Promise<string> =>
    helm(major, [...args, '--namespace', 'ops'], plane.kubeconfigPath);
  async function createCluster(namespace: string): Promise<void> {
    const file = join(plane.kubeconfigPath, '..', `cluster-${namespace}.json`);
    const spec = { replicas: 1, version: '17.12.0' };
    const metadata = { name: 'pg', namespace };
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'db.example.com/v1beta1', kind: 'PostgresCluster', metadata, spec }),
    );
    await kubectl(plane, 'create', '--filename', file);
  }

  /** The operator with the flags of the chart's Deployment and the rights of its ServiceAccount, while `during` lasts. */
  async function operating(values: object, during: () => Promise<void>): Promise<void> {
    const deployment = (await render(major, values)).find(({ kind }) => kind === 'Deployment');
    const { args } = (deployment?.['spec'] as { template: { spec: { containers: { args: string[] }[] } } })
      .template.spec.containers[0]!;
    const account = `system:serviceaccount:ops:${release}`;
    const kubeconfig = plane.kubeconfigFor(account, ['system:serviceaccounts']);
    const operator = startOperator(
      [
        ...args,
        `--kubeconfig=${kubeconfig}`,
        '--metrics-address=127.0.0.1:0',
        '--probes-address=127.0.0.1:0',
      ],
      { POD_NAME: 'one', POD_NAMESPACE: 'ops' },
    );
    try {
      await during();
      const refused = plane.auditEvents().filter(({ user, code }) => user === account && code === 403);
      expect(refused).toEqual([]);
    } catch (cause) {
      throw new Error(`the operator logged:\n${operator.log()}`, { cause });
    } finally {
      expect(await operator.stop()).toBe(0);
    }
  }

  it('with default values it serves PostgresClusters in all namespaces', async () => {
    expect(await run('install', release, chart, '--create-namespace')).toContain('STATUS: deployed');
    await eventually('PostgresClusters are served', () => get(plane, crd));
    await operating({}, async () => {
      await createCluster('a');
      await eventually('the operator makes the cluster', async () =>
        expect(await get(plane, 'statefulset', 'pg', 'a')).toHaveLength(1),
      );
      await eventually('and says so', async () => {
        const [cluster] = await get(plane, crd, 'pg', 'a');
        expect(cluster?.status?.conditions).toContainEqual(
          expect.objectContaining({ type: 'Degraded', status: 'False' }),
        );
      });
    });
  }, 60_000);

  it('upgrading to the same changes nothing', async () => {
    const versions = async () =>
      [
        ...(await get(plane, 'crd', crd)),
        ...(await get(plane, 'deployment', release, 'ops')),
        ...(await get(plane, 'serviceaccount', release, 'ops')),
      ].map(({ metadata }) => metadata.resourceVersion);
    const before = await versions();
    expect(before).toHaveLength(3);
    await run('upgrade', release, chart);
    expect(await versions()).toEqual(before);
  });

  it('upgrading gives an older CustomResourceDefinition what the chart has', async () => {
    const shortNames = async () => (await get(plane, 'crd', crd))[0]?.spec?.names?.shortNames;
    await kubectl(
      plane,
      'patch',
      'crd',
      crd,
      '--type=merge',
      '--patch={"spec":{"names":{"shortNames":["old"]}}}',
    );
    expect(await shortNames()).toEqual(['old']);
    // Helm 4 asks before it takes a field from another manager; Helm 3 compares with the object as it stands.
    await run('upgrade', release, chart, ...(major === '4' ? ['--force-conflicts'] : []));
    expect(await shortNames()).toEqual(['pgc']);
  });

  it('for one namespace it has rights there and works there alone', async () => {
    const values = { watchNamespaces: ['b'], 'rbac.aggregate': false };
    await run('upgrade', release, chart, ...setting(values));
    await operating(values, async () => {
      await createCluster('ops');
      await createCluster('b');
      await eventually('the operator makes the cluster', async () =>
        expect(await get(plane, 'statefulset', 'pg', 'b')).toHaveLength(1),
      );
    });
    expect(await get(plane, 'statefulset', 'pg', 'ops')).toEqual([]);
    expect(await get(plane, 'clusterrole', release)).toEqual([]);
  }, 60_000);

  it('uninstalling keeps the clusters', async () => {
    await run('uninstall', release);
    expect(await get(plane, 'deployment', release, 'ops')).toEqual([]);
    expect(await get(plane, crd)).toHaveLength(3);
  });

  it('can be installed again over what was kept', async () => {
    expect(await run('install', release, chart)).toContain('STATUS: deployed');
    expect(await get(plane, crd)).toHaveLength(3);
    await run('uninstall', release);
  });

  it('deletes all with it when told not to keep them', async () => {
    await run('install', release, chart, ...setting({ 'crds.keep': false }));
    await run('uninstall', release);
    await eventually('the kind is gone', async () => expect(await get(plane, 'crd', crd)).toEqual([]));
  });
});
