import { expect, it } from '@jest/globals';
import { argsOf, describeRendering, named, podOf } from '@stateful/charts/testing';
import { parseOptions } from '@stateful/etcd-backup-operator';
import { chart } from '../src/index.ts';

describeRendering(chart, ({ defaults, render }) => {
  it('renders what an operator for all namespaces needs', () => {
    expect(named(defaults())).toEqual([
      'ClusterRole etcd-backup-operator',
      'ClusterRole etcd-backup-operator-edit',
      'ClusterRole etcd-backup-operator-view',
      'ClusterRoleBinding etcd-backup-operator',
      'CustomResourceDefinition backupstores.db.example.com',
      'CustomResourceDefinition etcdbackups.db.example.com',
      'CustomResourceDefinition etcdbackupschedules.db.example.com',
      'CustomResourceDefinition etcdrestores.db.example.com',
      'Deployment ops/etcd-backup-operator',
      'Role ops/etcd-backup-operator-leader-election',
      'RoleBinding ops/etcd-backup-operator-leader-election',
      'Service ops/etcd-backup-operator-metrics',
      'ServiceAccount ops/etcd-backup-operator',
    ]);
  });

  it('gives the operator flags that it understands, and its own image for the pods that it makes', async () => {
    const environment = (objects: Parameters<typeof podOf>[0]) =>
      Object.fromEntries(podOf(objects).containers[0]!.env.map(({ name, value = 'x' }) => [name, value]));
    expect(parseOptions(argsOf(defaults()), environment(defaults()))).toMatchObject({
      agentImage: 'docker.io/local/etcd-backup-operator:0.1.0',
      concurrency: 2,
      graceSeconds: 100,
      watchNamespaces: [],
      metricsAddress: ':8080',
      probesAddress: ':8081',
      leaderElect: true,
    });
    const digest = `sha256:${'a'.repeat(64)}`;
    const changed = await render({
      concurrency: 4,
      watchNamespaces: ['a', 'b'],
      'metrics.enabled': false,
      'image.digest': digest,
    });
    expect(parseOptions(argsOf(changed), environment(changed))).toMatchObject({
      agentImage: `docker.io/local/etcd-backup-operator@${digest}`,
      concurrency: 4,
      watchNamespaces: ['a', 'b'],
      metricsAddress: '',
    });
  });
});
