import { expect, it } from '@jest/globals';
import { argsOf, describeRendering, helm, named, one, podOf, setting } from '@stateful/charts/testing';
import { operatorRules, parseOptions, webhookObjects, webhookServerRules } from '@stateful/postgres-operator';
import { chart } from '../src/index.ts';

describeRendering(chart, ({ major, defaults, render }) => {
  it('renders what an operator for all namespaces needs', () => {
    expect(named(defaults())).toEqual([
      'ClusterRole postgres-operator',
      'ClusterRole postgres-operator-edit',
      'ClusterRole postgres-operator-view',
      'ClusterRole postgres-operator-webhook',
      'ClusterRoleBinding postgres-operator',
      'ClusterRoleBinding postgres-operator-webhook',
      'CustomResourceDefinition postgresclusters.db.example.com',
      'Deployment ops/postgres-operator',
      'Role ops/postgres-operator-leader-election',
      'Role ops/postgres-operator-webhook',
      'RoleBinding ops/postgres-operator-leader-election',
      'RoleBinding ops/postgres-operator-webhook',
      'Service ops/postgres-operator-metrics',
      'Service ops/postgres-operator-webhook',
      'ServiceAccount ops/postgres-operator',
      'ValidatingWebhookConfiguration postgres-operator-webhook.validate-scale.postgresclusters.db.example.com',
      'ValidatingWebhookConfiguration postgres-operator-webhook.validate.postgresclusters.db.example.com',
    ]);
  });

  it('gives an operator for some namespaces no right outside them', async () => {
    const objects = await render({
      watchNamespaces: ['a', 'b', 'a'],
      'rbac.aggregate': false,
      'metrics.enabled': false,
      'webhooks.enabled': false,
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

  it('gives an operator for some namespaces nothing outside them but its webhooks, each by name', async () => {
    const objects = await render({ watchNamespaces: ['a'], 'rbac.aggregate': false });
    const clusterWide = objects.filter(({ kind }) => kind === 'ClusterRole');
    expect(named(clusterWide)).toEqual(['ClusterRole postgres-operator-webhook']);
    expect(clusterWide[0]?.['rules']).toEqual(webhookServerRules('postgres-operator-webhook').cluster);
    for (const { resourceNames } of clusterWide[0]?.['rules'] as { resourceNames?: string[] }[])
      expect(resourceNames?.length).toBeGreaterThan(0);
    const secrets = objects.find(
      ({ metadata }) => metadata.name === 'postgres-operator-webhook' && metadata.namespace,
    );
    expect(secrets).toMatchObject({
      kind: 'Role',
      rules: webhookServerRules('postgres-operator-webhook').secret,
    });
  });

  it('tells the API server of the webhooks, and leaves the authority to whoever issues it', async () => {
    const expected = webhookObjects('r-postgres-operator-webhook', { namespace: 'ops' });
    const objects = await render({ fullnameOverride: 'r-postgres-operator', 'webhooks.port': 8443 });
    const configurations = objects.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration');
    expect(named(configurations)).toEqual(
      expected.validating.map(({ metadata }) => `ValidatingWebhookConfiguration ${metadata?.name}`).sort(),
    );
    const entries = configurations.flatMap(({ webhooks }) => webhooks as object[]);
    expect(entries).toHaveLength(2);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        failurePolicy: 'Fail',
        clientConfig: { service: { name: 'r-postgres-operator-webhook', namespace: 'ops', port: 8443 } },
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['ops'] }],
        },
      });
    }
    const { conversion } = one(objects, 'CustomResourceDefinition')['spec'] as {
      conversion: { webhook: { clientConfig: { service: object } } };
    };
    expect(conversion).toMatchObject(expected.conversion['postgresclusters.db.example.com']!);
    expect(conversion.webhook.clientConfig.service).toMatchObject({ port: 8443 });
    expect(JSON.stringify(objects)).not.toContain('caBundle');
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const served = parseOptions(podOf(objects).containers[0]?.args ?? [], {}).webhooks;
    expect(served).toMatchObject({ address: ':8443', service: 'r-postgres-operator-webhook' });
  });

  it('judges only what the operator works on', async () => {
    const objects = await render({ watchNamespaces: ['a', 'b', 'a'] });
    for (const { webhooks } of objects.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration')) {
      expect(webhooks).toMatchObject([
        {
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a', 'b'] }],
          },
        },
      ]);
    }
  });

  it('can leave certificates to cert-manager, and then has no right to write them', async () => {
    const objects = await render({ 'webhooks.certManager.enabled': true });
    expect(named(objects)).toEqual(
      expect.arrayContaining([
        'Certificate ops/postgres-operator-webhook',
        'Issuer ops/postgres-operator-webhook',
      ]),
    );
    expect(named(objects)).not.toContain('ClusterRole postgres-operator-webhook');
    const injected = objects.filter(
      ({ metadata }) =>
        metadata.annotations?.['cert-manager.io/inject-ca-from'] === 'ops/postgres-operator-webhook',
    );
    expect(named(injected)).toEqual([
      'CustomResourceDefinition postgresclusters.db.example.com',
      'ValidatingWebhookConfiguration postgres-operator-webhook.validate-scale.postgresclusters.db.example.com',
      'ValidatingWebhookConfiguration postgres-operator-webhook.validate.postgresclusters.db.example.com',
    ]);
    const { containers, volumes } = podOf(objects);
    expect(parseOptions(containers[0]?.args ?? [], {}).webhooks?.certificatesDir).toBe('/certificates');
    expect(volumes).toEqual([
      { name: 'certificates', secret: { secretName: 'postgres-operator-webhook-cert-manager' } },
    ]);
    const issuerRef = { name: 'company', kind: 'ClusterIssuer' };
    const own = await render({ webhooks: { certManager: { enabled: true, issuerRef } } });
    expect(named(own)).not.toContain('Issuer ops/postgres-operator-webhook');
    expect(one(own, 'Certificate')['spec']).toMatchObject({ issuerRef });
  });

  it('without webhooks serves only the version that is stored: nothing could convert', async () => {
    const crd = one(await render({ 'webhooks.enabled': false }), 'CustomResourceDefinition')['spec'] as {
      versions: { name: string; served: boolean; storage: boolean }[];
    };
    expect(crd.versions.length).toBeGreaterThan(1);
    for (const { served, storage } of crd.versions) expect(served).toBe(storage);
  });

  it('gives the operator flags that it understands', async () => {
    expect(parseOptions(argsOf(defaults()), { POD_NAME: 'p', POD_NAMESPACE: 'ops' })).toMatchObject({
      images: { '17.12.0': 'docker.io/local/postgres:17.12.0' },
      watchNamespaces: [],
      metricsAddress: ':8080',
      probesAddress: ':8081',
      leaderElect: true,
      verbose: false,
    });
    const changed = await render({
      postgresImages: { '17.13.0': 'example.com/postgres@sha256:ab' },
      watchNamespaces: ['a', 'b'],
      'metrics.enabled': false,
      verbose: true,
    });
    expect(parseOptions(argsOf(changed), {})).toMatchObject({
      images: { '17.12.0': 'docker.io/local/postgres:17.12.0', '17.13.0': 'example.com/postgres@sha256:ab' },
      watchNamespaces: ['a', 'b'],
      metricsAddress: '',
      verbose: true,
    });
  });

  it.each<[string, object, RegExp]>([
    ['a version that is none', { postgresImages: { '17': 'x' } }, /postgresImages/],
  ])('refuses %s', async (_, values, message) => {
    await expect(helm(major, ['template', 'r', chart.folder, ...setting(values)])).rejects.toThrow(message);
  });
});
