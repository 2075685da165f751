import { beforeAll, describe, expect, it } from '@jest/globals';
import { customResourceDefinitions } from '@stateful/postgres-api';
import { operatorRules, parseOptions } from '@stateful/postgres-operator';
import {
  canRunHelm,
  chart,
  helm,
  helmMajors,
  render,
  setting,
  type HelmMajor,
  type Rendered,
} from './helm.ts';

const named = (objects: readonly Rendered[]): string[] =>
  objects
    .map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`,
    )
    .sort();
const one = (objects: readonly Rendered[], kind: string): Rendered => {
  const found = objects.filter((object) => object.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
};
interface PodSpec {
  securityContext: object;
  containers: { args: string[]; securityContext: object; image: string; env: { name: string }[] }[];
}
const podOf = (objects: readonly Rendered[]): PodSpec =>
  (one(objects, 'Deployment')['spec'] as { template: { spec: PodSpec } }).template.spec;

const isPossible = await canRunHelm();

(isPossible ? describe : describe.skip).each(helmMajors)('Helm %s', (major: HelmMajor) => {
  let defaults: Rendered[];
  beforeAll(async () => {
    defaults = await render(major);
  }, 600_000);

  it('finds nothing wrong with the chart', async () => {
    expect(await helm(major, ['lint', '--strict', chart])).toContain('0 chart(s) failed');
  });

  it('renders what an operator for all namespaces needs', () => {
    expect(named(defaults)).toEqual([
      'ClusterRole postgres-operator',
      'ClusterRole postgres-operator-edit',
      'ClusterRole postgres-operator-view',
      'ClusterRoleBinding postgres-operator',
      'CustomResourceDefinition postgresclusters.db.example.com',
      'Deployment ops/postgres-operator',
      'Role ops/postgres-operator-leader-election',
      'RoleBinding ops/postgres-operator-leader-election',
      'Service ops/postgres-operator-metrics',
      'ServiceAccount ops/postgres-operator',
    ]);
  });

  it('gives an operator for some namespaces no right outside them', async () => {
    const objects = await render(major, {
      watchNamespaces: ['a', 'b', 'a'],
      'rbac.aggregate': false,
      'metrics.enabled': false,
      'podDisruptionBudget.enabled': true,
    });
    expect(named(objects)).toEqual([
      'CustomResourceDefinition postgresclusters.db.example.com',
      'Deployment ops/postgres-operator',
      'PodDisruptionBudget ops/postgres-operator',
      'Role a/postgres-operator',
      'Role b/postgres-operator',
      'Role ops/postgres-operator-leader-election',
      'RoleBinding a/postgres-operator',
      'RoleBinding b/postgres-operator',
      'RoleBinding ops/postgres-operator-leader-election',
      'ServiceAccount ops/postgres-operator',
    ]);
    expect(objects.find(({ kind }) => kind === 'Role')?.['rules']).toEqual(operatorRules);
  });

  it('carries CustomResourceDefinitions through unchanged, braces and large numbers too', () => {
    const [crd] = customResourceDefinitions();
    const rendered = one(defaults, 'CustomResourceDefinition');
    expect(rendered['spec']).toEqual(JSON.parse(JSON.stringify(crd?.spec)));
    expect(rendered.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('keeps them out, or lets them go, when told to', async () => {
    const kinds = (objects: readonly Rendered[]) => objects.map(({ kind }) => kind);
    expect(kinds(await render(major, { 'crds.enabled': false }))).not.toContain('CustomResourceDefinition');
    const crd = one(await render(major, { 'crds.keep': false }), 'CustomResourceDefinition');
    expect(crd.metadata.annotations ?? {}).toEqual({});
  });

  it('stays far from the 1 MiB that a release may be', async () => {
    expect((await helm(major, ['template', 'r', chart])).length).toBeLessThan(300_000);
  });

  it('gives the operator flags that it understands', async () => {
    const args = (objects: readonly Rendered[]) => podOf(objects).containers[0]?.args ?? [];
    expect(parseOptions(args(defaults), { POD_NAME: 'p', POD_NAMESPACE: 'ops' })).toMatchObject({
      images: { '17.12.0': 'docker.io/local/postgres:17.12.0' },
      watchNamespaces: [],
      metricsAddress: ':8080',
      probesAddress: ':8081',
      leaderElect: true,
      verbose: false,
    });
    const changed = await render(major, {
      postgresImages: { '17.13.0': 'example.com/postgres@sha256:ab' },
      watchNamespaces: ['a', 'b'],
      'metrics.enabled': false,
      verbose: true,
    });
    expect(parseOptions(args(changed), {})).toMatchObject({
      images: { '17.12.0': 'docker.io/local/postgres:17.12.0', '17.13.0': 'example.com/postgres@sha256:ab' },
      watchNamespaces: ['a', 'b'],
      metricsAddress: '',
      verbose: true,
    });
  });

  it('names the image by tag or digest', async () => {
    expect(podOf(defaults).containers[0]?.image).toBe('docker.io/local/postgres-operator:0.1.0');
    const digest = `sha256:${'a'.repeat(64)}`;
    const pinned = await render(major, { 'image.repository': 'example.com/op', 'image.digest': digest });
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
    const changed = await render(major, { podLabels: { team: 'a' } });
    const selectorOf = (objects: readonly Rendered[]) =>
      (one(objects, 'Deployment')['spec'] as { selector: object }).selector;
    expect(selectorOf(changed)).toEqual(selectorOf(defaults));
    expect(JSON.stringify(selectorOf(defaults))).not.toMatch(/version|chart/);
  });

  it.each<[string, object, RegExp]>([
    ['a misspelt value', { replicaz: 2 }, /replicaz/],
    ['a misspelt value within a group', { 'image.tagg': 'x' }, /tagg/],
    ['too many processes', { replicas: 9 }, /replicas/],
    ['a version that is none', { postgresImages: { '17': 'x' } }, /postgresImages/],
    ['a digest that is none', { 'image.digest': 'abc' }, /digest/],
    ['no account to use', { 'serviceAccount.create': false }, /serviceAccount.name must be set/],
  ])('refuses %s', async (_, values, message) => {
    await expect(helm(major, ['template', 'r', chart, ...setting(values)])).rejects.toThrow(message);
  });
});
