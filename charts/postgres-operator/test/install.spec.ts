import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, hasGo, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import {
  canRunHelm,
  get,
  helm,
  helmMajors,
  kubectl,
  render,
  setting,
  startOperator,
  type HelmMajor,
} from '@stateful/charts/testing';
import { chart } from '../src/index.ts';

const isPossible = process.platform === 'linux' && (await hasGo()) && (await canRunHelm());
if (!isPossible) {
  const message = 'The chart was not installed: that needs Linux, Go and Helm';
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
}

// The first run on a machine builds Kubernetes and fetches Helm.
const buildTimeoutMs = 1_800_000;
const release = 'postgres-operator';
const main = join(chart.folder, '../../apps/postgres-operator/src/main.ts');
const crd = 'postgresclusters.db.example.com';

(isPossible ? describe : describe.skip).each(helmMajors)('installed by Helm %s', (major: HelmMajor) => {
  let plane: ControlPlane;
  /** Of the webhooks, at their Service as at the operator: a name outside the cluster has no ports of its own. */
  let port: number;
  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
    port = await freePort('127.0.0.1');
    for (const name of ['a', 'b']) await kubectl(plane, 'create', 'namespace', name);
  }, buildTimeoutMs);
  afterAll(() => plane?.stop());

  const run = (...args: string[]): Promise<string> =>
    helm(major, [...args, '--namespace', 'ops'], plane.kubeconfigPath);
  const deploy = (verb: 'install' | 'upgrade', values: object = {}, ...flags: string[]): Promise<string> =>
    run(verb, release, chart.folder, ...setting({ 'webhooks.port': port, ...values }), ...flags);
  /** No pod is behind the Service here: it leads to the operator that runs on this machine. */
  const leadServiceHere = (): Promise<string> =>
    kubectl(
      plane,
      ...['--namespace', 'ops', 'patch', 'service', `${release}-webhook`, '--type=merge'],
      `--patch=${JSON.stringify({ spec: { type: 'ExternalName', externalName: 'localhost', clusterIP: null, clusterIPs: null } })}`,
    );
  async function createCluster(namespace: string, version = '17.12.0', name = 'pg'): Promise<void> {
    const file = join(plane.kubeconfigPath, '..', `cluster-${namespace}.json`);
    const spec = { replicas: 1, version };
    const metadata = { name, namespace };
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'db.example.com/v1beta1', kind: 'PostgresCluster', metadata, spec }),
    );
    await kubectl(plane, 'create', '--filename', file);
  }

  /** The operator with the flags of the chart's Deployment and the rights of its ServiceAccount, while `during` lasts. */
  async function operating(values: object, during: () => Promise<void>): Promise<void> {
    const deployment = (await render(chart, major, { 'webhooks.port': port, ...values })).find(
      ({ kind }) => kind === 'Deployment',
    );
    const { args } = (deployment?.['spec'] as { template: { spec: { containers: { args: string[] }[] } } })
      .template.spec.containers[0]!;
    const account = `system:serviceaccount:ops:${release}`;
    const kubeconfig = plane.kubeconfigFor(account, ['system:serviceaccounts']);
    const operator = startOperator(
      main,
      [
        ...args,
        `--kubeconfig=${kubeconfig}`,
        '--metrics-address=127.0.0.1:0',
        '--probes-address=127.0.0.1:0',
        ...(args.some((arg) => arg.startsWith('--webhook-address'))
          ? [`--webhook-address=127.0.0.1:${port}`]
          : []),
      ],
      { POD_NAME: 'one', POD_NAMESPACE: 'ops' },
    );
    try {
      await during();
      const refused = plane.auditEvents().filter(({ user, code }) => user === account && code === 403);
      expect(refused).toEqual([]);
    } catch (cause) {
      await operator.stop();
      throw new Error(`the operator logged:\n${operator.log()}`, { cause });
    }
    expect(await operator.stop()).toBe(0);
  }

  /** Until the API server trusts the operator, which then answers it. */
  const isJudged = (namespace: string) =>
    eventually(
      'the webhooks answer',
      () =>
        expect(createCluster(namespace, '99.0.0', 'never')).rejects.toThrow(
          /is invalid: spec\.version: the operator has no image for "99\.0\.0".*\(rule version-has-image\)/,
        ),
      30_000,
    );

  it('with default values it serves PostgresClusters in all namespaces', async () => {
    expect(await deploy('install', {}, '--create-namespace')).toContain('STATUS: deployed');
    await leadServiceHere();
    await eventually('PostgresClusters are served', () => get(plane, crd));
    await operating({}, async () => {
      await isJudged('a');
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
      const old = await get(plane, 'postgresclusters.v1alpha1.db.example.com', 'pg', 'a');
      expect(old[0]?.spec).toMatchObject({ retentionDays: 7 });
    });
  }, 90_000);

  it('upgrading to the same changes nothing, and takes no authority away', async () => {
    const seen = async () => [
      ...(await get(plane, 'crd', crd)),
      ...(await get(plane, 'deployment', release, 'ops')),
      ...(await get(plane, 'serviceaccount', release, 'ops')),
      ...(await get(plane, 'validatingwebhookconfigurations')),
    ];
    const before = await seen();
    expect(before).toHaveLength(5);
    expect(JSON.stringify(before).match(/"caBundle"/g)).toHaveLength(3);
    await deploy('upgrade');
    expect((await seen()).map(({ metadata }) => metadata.resourceVersion)).toEqual(
      before.map(({ metadata }) => metadata.resourceVersion),
    );
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
    await deploy('upgrade', {}, ...(major === '4' ? ['--force-conflicts'] : []));
    expect(await shortNames()).toEqual(['pgc']);
  });

  it('upgrading with other values changes how the API server asks, and nothing else', async () => {
    await deploy('upgrade', { 'webhooks.failurePolicy': 'Ignore', 'webhooks.timeoutSeconds': 5 });
    const changed = JSON.stringify(await get(plane, 'validatingwebhookconfigurations'));
    expect(changed.match(/"failurePolicy":"Ignore"/g)).toHaveLength(2);
    expect(changed.match(/"caBundle"/g)).toHaveLength(2);
    // No operator runs: what is not judged goes through.
    await createCluster('a', '17.12.0', 'unjudged');
    await kubectl(plane, '--namespace', 'a', 'delete', crd, 'unjudged');
    await deploy('upgrade');
    await expect(createCluster('a', '17.12.0', 'unjudged')).rejects.toThrow('failed calling webhook');
  });

  it('for one namespace it has rights there and works there alone', async () => {
    const values = { watchNamespaces: ['b'], 'rbac.aggregate': false };
    await deploy('upgrade', values);
    await operating(values, async () => {
      await isJudged('b');
      await createCluster('ops');
      await createCluster('b');
      await eventually('the operator makes the cluster', async () =>
        expect(await get(plane, 'statefulset', 'pg', 'b')).toHaveLength(1),
      );
    });
    expect(await get(plane, 'statefulset', 'pg', 'ops')).toEqual([]);
    expect(await get(plane, 'clusterrole', release)).toEqual([]);
  }, 90_000);

  it('can do without webhooks: then only what is stored is served', async () => {
    const values = { 'webhooks.enabled': false };
    await deploy('upgrade', values);
    expect(await get(plane, 'validatingwebhookconfigurations')).toEqual([]);
    await eventually('the old version is gone', () =>
      expect(kubectl(plane, 'get', '--raw', '/apis/db.example.com/v1alpha1')).rejects.toThrow(/not find/),
    );
    await operating(values, async () => {
      await createCluster('a', '99.0.0', 'wrong');
      await eventually('what is wrong shows in its conditions', async () => {
        const [cluster] = await get(plane, crd, 'wrong', 'a');
        expect(JSON.stringify(cluster?.status)).toContain('(rule version-has-image)');
      });
      await kubectl(plane, '--namespace', 'a', 'delete', crd, 'wrong');
    });
    await deploy('upgrade');
  }, 90_000);

  it('uninstalling keeps the clusters', async () => {
    await run('uninstall', release);
    expect(await get(plane, 'deployment', release, 'ops')).toEqual([]);
    expect(await get(plane, crd)).toHaveLength(3);
  });

  it('can be installed again over what was kept', async () => {
    expect(await deploy('install')).toContain('STATUS: deployed');
    expect(await get(plane, crd)).toHaveLength(3);
    await run('uninstall', release);
  });

  it('deletes all with it when told not to keep them', async () => {
    await deploy('install', { 'crds.keep': false });
    await run('uninstall', release);
    await eventually('the kind is gone', async () => expect(await get(plane, 'crd', crd)).toEqual([]));
  });
});
