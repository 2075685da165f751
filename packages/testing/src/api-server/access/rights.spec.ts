import {
  defineResource,
  type KubeObject,
  createManualClock,
  createSeededRandom,
  resources,
  createKubeClient,
} from '@stateful/reconcile-sdk';
import { describe, expect, it } from '@jest/globals';
import { createApiServer } from '../api-server.ts';
import { compareRights, createRightsRecord, rulesFor } from './rights.ts';
import { grantedBy } from './granted.ts';

const { configMaps } = resources;
const clusterRoles = defineResource<KubeObject & { aggregationRule?: object; rules?: object[] }>(
  'rbac.authorization.k8s.io',
  'v1',
  'ClusterRole',
  'clusterroles',
  'cluster',
);
const operator = 'system:serviceaccount:default:operator';
const rules = [
  { verbs: ['get', 'create', 'delete'], apiGroups: [''], resources: ['configmaps'] },
  { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
];
const manifests = [
  { kind: 'Role', metadata: { name: 'operator', namespace: 'default' }, rules },
  {
    kind: 'RoleBinding',
    metadata: { name: 'operator', namespace: 'default' },
    roleRef: { kind: 'Role', name: 'operator' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator' }],
  },
];

function setUp(enforceRoles: boolean) {
  const rights = createRightsRecord();
  const clock = createManualClock();
  const server = createApiServer({
    clock,
    random: createSeededRandom(1),
    rights,
    enforceRoles,
  });
  const client = createKubeClient({
    transport: server.transport({ user: operator }),
    fieldManager: 'operator',
  });
  const admin = createKubeClient({ transport: server.transport(), fieldManager: 'admin' });
  return { rights, clock, client, admin };
}

describe('the record of rights', () => {
  it('says what a role lacks and what it has too much', async () => {
    const { rights, client, admin } = setUp(false);
    const key = { namespace: 'default', name: 'a' };
    await client.create(configMaps, { metadata: key });
    await client.create(configMaps, { metadata: { ...key, name: 'b' } });
    await client.list(configMaps, { namespace: 'default' });
    await client.get(resources.secrets, key).catch(() => undefined);
    await admin.list(configMaps, { namespace: 'default' });
    expect(rights.users()).toEqual([operator]);
    expect(rights.of(operator)).toHaveLength(3);
    expect(rights.of(operator)[0]).toMatchObject({ count: 2, allowed: false });
    const { missing, unused } = compareRights(rights.of(operator), grantedBy(manifests, operator));
    expect(missing).toEqual([{ verb: 'list', group: '', resource: 'configmaps', namespace: 'default' }]);
    expect(unused.map(({ text }) => text)).toEqual([
      '{APIGroups:[""], Resources:["configmaps"], Verbs:["get"]}',
      '{APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
    ]);
    expect(rulesFor(rights.of(operator))).toEqual([
      { verbs: ['create', 'list'], apiGroups: [''], resources: ['configmaps'] },
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'] },
    ]);
  });

  it('refuses what no role allows, and goes on once one does', async () => {
    const { rights, client, admin } = setUp(true);
    const create = (): Promise<unknown> =>
      client.create(configMaps, { metadata: { namespace: 'default', generateName: 'a-' } });
    await expect(create()).rejects.toMatchObject({ code: 'forbidden' });
    const [role, binding] = manifests as never[];
    await admin.create(resources.roles, role!);
    await admin.create(resources.roleBindings, binding!);
    await create();
    expect(rights.of(operator)).toMatchObject([{ count: 2, allowed: false }]);
    await admin.delete(resources.roleBindings, { namespace: 'default', name: 'operator' });
    await expect(create()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('aggregates cluster roles', async () => {
    const { client, admin, clock } = setUp(true);
    const binding = manifests[1]!;
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] };
    await admin.create(clusterRoles, { metadata: { name: 'whole' }, aggregationRule, rules: [] });
    await admin.create(resources.roleBindings, {
      ...binding,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'whole' },
    });
    const list = (): Promise<unknown> => client.list(configMaps, { namespace: 'default' });
    await admin.create(clusterRoles, {
      metadata: { name: 'part', labels: { part: 'yes' } },
      rules: [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }],
    });
    await expect(list()).rejects.toMatchObject({ code: 'forbidden' });
    await clock.advance(1);
    await list();
    await admin.delete(clusterRoles, { name: 'part' });
    await clock.advance(1);
    await expect(list()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('a role of another namespace gives nothing', () => {
    const used = [{ attributes: { verb: 'get', group: '', resource: 'configmaps', namespace: 'other' } }];
    const { missing } = compareRights(used, grantedBy(manifests, operator));
    expect(missing).toHaveLength(1);
    expect(compareRights(used, grantedBy(manifests, 'system:serviceaccount:other:operator'))).toEqual({
      missing,
      unused: [],
    });
  });
});
