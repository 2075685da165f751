import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  argsOf,
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
import { eventually, hasGo, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { chart } from '../src/index.ts';

const isPossible = process.platform === 'linux' && (await hasGo()) && (await canRunHelm());
if (!isPossible) {
  const message = 'The chart was not installed: that needs Linux, Go and Helm';
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
}

// The first run on a machine builds Kubernetes and fetches Helm.
const buildTimeoutMs = 1_800_000;
const release = chart.name;
const main = join(chart.folder, '../../apps/etcd-backup-operator/src/main.ts');
const ownCrds = ['etcdbackups', 'etcdbackupschedules', 'etcdrestores'].map((one) => `${one}.db.example.com`);
const shared = 'backupstores.db.example.com';

(isPossible ? describe : describe.skip).each(helmMajors)('installed by Helm %s', (major: HelmMajor) => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
    for (const name of ['a', 'b']) await kubectl(plane, 'create', 'namespace', name);
  }, buildTimeoutMs);
  afterAll(() => plane?.stop());

  const run = (...args: string[]): Promise<string> =>
    helm(major, [...args, '--namespace', 'ops'], plane.kubeconfigPath);
  const deploy = (verb: 'install' | 'upgrade', values: object = {}, ...flags: string[]): Promise<string> =>
    run(verb, release, chart.folder, ...setting(values), ...flags);

  async function createBackup(namespace: string): Promise<void> {
    const file = join(plane.kubeconfigPath, '..', `backup-${namespace}.json`);
    const spec = { cluster: { endpoints: ['http://127.0.0.1:1'] }, storeRef: { name: 'missing' } };
    const metadata = { name: 'one', namespace };
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'db.example.com/v1alpha1', kind: 'EtcdBackup', metadata, spec }),
    );
    await kubectl(plane, 'create', '--filename', file);
  }

  /** The operator with the flags of the chart's Deployment and the rights of its ServiceAccount, while `during` lasts. */
  async function operating(values: object, during: () => Promise<void>): Promise<void> {
    const account = `system:serviceaccount:ops:${release}`;
    const operator = startOperator(
      main,
      [
        ...argsOf(await render(chart, major, values)),
        `--kubeconfig=${plane.kubeconfigFor(account, ['system:serviceaccounts'])}`,
        ...['--metrics-address=127.0.0.1:0', '--probes-address=127.0.0.1:0', '--debug-address='],
      ],
      { POD_NAME: 'one', POD_NAMESPACE: 'ops', AGENT_IMAGE: 'agent' },
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
  const isLookedAt = (namespace: string) =>
    eventually('the operator says what the backup waits for', async () => {
      const [backup] = await get(plane, 'etcdbackups', 'one', namespace);
      expect(JSON.stringify(backup?.status?.conditions)).toContain('BackupStore missing does not exist');
    });

  it('with default values it works in all namespaces', async () => {
    expect(await deploy('install', {}, '--create-namespace')).toContain('STATUS: deployed');
    await eventually('EtcdBackups are served', () => get(plane, 'etcdbackups'));
    await operating({}, async () => {
      await createBackup('a');
      await isLookedAt('a');
    });
  }, 90_000);

  it('upgrading to the same changes nothing', async () => {
    const seen = async () =>
      (
        await Promise.all([
          ...[...ownCrds, shared].map((crd) => get(plane, 'crd', crd)),
          ...['deployment', 'serviceaccount'].map((kind) => get(plane, kind, release, 'ops')),
        ])
      ).flatMap((some) => some.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`));
    const before = await seen();
    expect(before).toHaveLength(6);
    await deploy('upgrade');
    expect(await seen()).toEqual(before);
  });

  it('for one namespace it has rights there and works there alone', async () => {
    const values = { watchNamespaces: ['b'], 'rbac.aggregate': false };
    await deploy('upgrade', values);
    await operating(values, async () => {
      await createBackup('ops');
      await createBackup('b');
      await isLookedAt('b');
    });
    const [untouched] = await get(plane, 'etcdbackups', 'one', 'ops');
    expect(untouched?.status).toBeUndefined();
    expect(await get(plane, 'clusterrole', release)).toEqual([]);
  }, 90_000);

  describe('beside another chart that brings BackupStore, too', () => {
    // No other chart does yet: this one in another name, without the kinds that are its own.
    let folder: string;
    const other = (verb: 'install' | 'upgrade', values: object = {}, ...flags: string[]): Promise<string> =>
      run(verb, 'other', folder, ...setting(values), ...flags);
    const ownerOf = async (): Promise<string | undefined> =>
      (await get(plane, 'crd', shared))[0]?.metadata.annotations?.['meta.helm.sh/release-name'];
    beforeAll(async () => {
      folder = join(plane.kubeconfigPath, '..', 'other-operator');
      await cp(chart.folder, folder, {
        recursive: true,
        filter: (path) => !/node_modules|out-tsc|dist/.test(path),
      });
      for (const crd of ownCrds) await rm(join(folder, 'files/crds', `${crd}.yaml`));
      const file = join(folder, 'Chart.yaml');
      await writeFile(
        file,
        (await readFile(file, 'utf8')).replace('name: etcd-backup-operator', 'name: other-operator'),
      );
    });

    it('both can be installed, upgraded and uninstalled, and the first looks after it', async () => {
      expect(await ownerOf()).toBe(release);
      expect(await other('install')).toContain('STATUS: deployed');
      await other('upgrade', { verbose: true });
      await deploy('upgrade', { verbose: true });
      expect(await ownerOf()).toBe(release);
      await run('uninstall', 'other');
      expect(await get(plane, 'crd', shared)).toHaveLength(1);
    }, 60_000);

    it('it stays for the second when the first goes, also when told to keep nothing', async () => {
      await other('install');
      await deploy('upgrade', { 'crds.keep': false });
      await run('uninstall', release);
      await eventually('the kinds of the first are gone', async () =>
        expect(await get(plane, 'crd', ownCrds[0])).toEqual([]),
      );
      expect(await get(plane, 'crd', shared)).toHaveLength(1);
      await other('upgrade');
      // Nobody looks after it now; who takes over says so, and Helm asks for its own word.
      await expect(other('upgrade', { 'crds.shared': 'Always' })).rejects.toThrow(/release-name/);
      await other('upgrade', { 'crds.shared': 'Always' }, '--take-ownership');
      expect(await ownerOf()).toBe('other');
      await other('upgrade');
      expect(await deploy('install')).toContain('STATUS: deployed');
      expect(await ownerOf()).toBe('other');
      await run('uninstall', 'other');
      expect(await get(plane, 'crd', shared)).toHaveLength(1);
    }, 90_000);
  });

  it('uninstalling keeps the kinds, and it can be installed again over them', async () => {
    await run('uninstall', release);
    for (const crd of ownCrds) expect(await get(plane, 'crd', crd)).toHaveLength(1);
    expect(await deploy('install')).toContain('STATUS: deployed');
    await run('uninstall', release);
  });
});
