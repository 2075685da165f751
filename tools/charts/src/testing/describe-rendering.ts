import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ChartSource } from '../generate/chart-source.ts';
import { canRunHelm, helm, helmMajors, render, setting, type HelmMajor, type Rendered } from './helm.ts';
import { named, one, podOf } from './rendered.ts';

const isPossible = await canRunHelm();

/** What a chart's own tests get, for one major version of Helm. */
export interface Rendering {
  readonly major: HelmMajor;
  /** The chart's objects as they come without any value. */
  defaults(): readonly Rendered[];
  render(values?: object): Promise<Rendered[]>;
}

/** What every chart of an operator renders, with Helm 3 and 4; `own` adds tests of this chart alone. */
export function describeRendering(chart: ChartSource, own: (rendering: Rendering) => void): void {
  const { name, folder, crds, sharedCrds = [], rbac } = chart;

  (isPossible ? describe : describe.skip).each(helmMajors)('Helm %s', (major: HelmMajor) => {
    let defaults: Rendered[] = [];
    const rendering: Rendering = {
      major,
      defaults: () => defaults,
      render: (values) => render(chart, major, values),
    };
    beforeAll(async () => {
      defaults = await rendering.render();
    }, 600_000);

    own(rendering);

    it('finds nothing wrong with the chart', async () => {
      expect(await helm(major, ['lint', '--strict', folder])).toContain('0 chart(s) failed');
    });

    it('gives an operator for some namespaces rights in each of them', async () => {
      const objects = await rendering.render({ watchNamespaces: ['a', 'b', 'a'], 'rbac.aggregate': false });
      const roles = objects.filter(
        ({ kind, metadata }) => kind === 'Role' && ['a', 'b'].includes(metadata.namespace ?? ''),
      );
      expect(named(roles)).toEqual([`Role a/${name}`, `Role b/${name}`]);
      for (const role of roles) expect(role['rules']).toEqual(rbac.operator);
      expect(named(objects)).not.toContain(`ClusterRole ${name}`);
    });

    it('carries CustomResourceDefinitions through unchanged, braces and large numbers too', () => {
      const rendered = defaults.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(rendered).toHaveLength(crds.length);
      for (const crd of crds) {
        const found = rendered.find(({ metadata }) => metadata.name === crd.metadata.name);
        const { conversion, ...spec } = found?.['spec'] as { conversion?: object };
        expect(conversion !== undefined).toBe(crd.spec.versions.length > 1);
        expect(spec).toEqual(JSON.parse(JSON.stringify(crd.spec)));
        expect(found?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
      }
    });

    it('keeps them out, or lets them go, when told to, but never those that others need', async () => {
      const crdsOf = (objects: readonly Rendered[]) =>
        objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
      expect(crdsOf(await rendering.render({ 'crds.enabled': false }))).toEqual([]);
      for (const { metadata } of crdsOf(await rendering.render({ 'crds.keep': false }))) {
        expect(metadata.annotations ?? {}).toEqual(
          sharedCrds.includes(metadata.name) ? { 'helm.sh/resource-policy': 'keep' } : {},
        );
      }
      const own = crds.map(({ metadata }) => metadata.name).filter((crd) => !sharedCrds.includes(crd));
      expect(
        crdsOf(await rendering.render({ 'crds.shared': 'Never' })).map((crd) => crd.metadata.name),
      ).toEqual(own.sort());
    });

    it('stays far from the 1 MiB that a release may be', async () => {
      expect((await helm(major, ['template', 'r', folder])).length).toBeLessThan(300_000);
    });

    it('names the image by tag or digest', async () => {
      expect(podOf(defaults).containers[0]?.image).toBe(`docker.io/local/${name}:0.1.0`);
      const digest = `sha256:${'a'.repeat(64)}`;
      const pinned = await rendering.render({ 'image.repository': 'example.com/op', 'image.digest': digest });
      expect(podOf(pinned).containers[0]?.image).toBe(`example.com/op@${digest}`);
    });

    it('meets the restricted Pod Security Standard', () => {
      const pod = podOf(defaults);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    it('keeps selectors that never change apart from labels that do', async () => {
      const changed = await rendering.render({ podLabels: { team: 'a' } });
      const selectorOf = (objects: readonly Rendered[]) =>
        (one(objects, 'Deployment')['spec'] as { selector: object }).selector;
      expect(selectorOf(changed)).toEqual(selectorOf(defaults));
      expect(JSON.stringify(selectorOf(defaults))).not.toMatch(/version|chart/);
    });

    it('tells a Prometheus operator of its metrics when told to', async () => {
      const monitor = one(
        await rendering.render({ 'metrics.serviceMonitor': { enabled: true, labels: { team: 'a' } } }),
        'ServiceMonitor',
      );
      expect(monitor.metadata.labels).toMatchObject({ team: 'a' });
      const { selector } = monitor['spec'] as { selector: { matchLabels: object } };
      const service = defaults.find(({ metadata }) => metadata.name === `${name}-metrics`);
      expect(service?.metadata.labels).toMatchObject(selector.matchLabels);
    });

    it.each<[string, object, RegExp]>([
      ['a misspelt value', { replicaz: 2 }, /replicaz/],
      ['a misspelt value within a group', { 'image.tagg': 'x' }, /tagg/],
      ['too many processes', { replicas: 9 }, /replicas/],
      ['a digest that is none', { 'image.digest': 'abc' }, /digest/],
      ['no account to use', { 'serviceAccount.create': false }, /serviceAccount.name must be set/],
    ])('refuses %s', async (_, values, message) => {
      await expect(helm(major, ['template', 'r', folder, ...setting(values)])).rejects.toThrow(message);
    });
  });
}
