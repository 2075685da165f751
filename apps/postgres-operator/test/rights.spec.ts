import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLogger,
  createManager,
  defineResource,
  loadKubeConfig,
  mergedRules,
  planRules,
  resources,
  type KubeClient,
  validatingWebhookConfigurations,
  type PolicyRule,
  type Resource,
  type Role,
  type RoleBinding,
} from '@stateful/reconcile-sdk';
import {
  canRunControlPlane,
  eventually,
  firstStartTimeoutMs,
  freePort,
  type AuditEvent,
} from '@stateful/local-cluster';
import { compareRights, type GrantedRules, type ResourceAttributes } from '@stateful/testing';
import { postgresClusterDeclaration } from '../src/controllers/postgres-cluster/definition.ts';
import {
  leaderElectionRules,
  operatorRules,
  operatorWebhooks,
  postgresClusterPlan,
  postgresClusters,
  randomPasswords,
  webhookObjects,
  webhookServerRules,
} from '../src/index.ts';
import { startPlane, type Plane } from './plane.ts';
import { liveOn, liveThrough } from './rights-scenario.ts';

const isPossible = await canRunControlPlane('The rights of the operator');
const ops = 'ops';
const service = 'postgres-operator-webhook';
const rbac = 'rbac.authorization.k8s.io';
const clusterRoles = defineResource<Role>(rbac, 'v1', 'ClusterRole', 'clusterroles', 'cluster');
const clusterRoleBindings = defineResource<RoleBinding>(
  rbac,
  'v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  'cluster',
);

/** What the operator itself uses; what it holds only to hand it out is not among it. */
const ownRules = mergedRules(planRules({ ...postgresClusterDeclaration, grants: [] }));
const webhooks = webhookServerRules(service);

/** Rights that no call shows, each with its reason. One that is called after all must leave this list. */
const unseen = new Map([
  [
    '{APIGroups:["db.example.com"], Resources:["postgresclusters/finalizers"], Verbs:["update"]}',
    'asked by admission (OwnerReferencesPermissionEnforcement), never called',
  ],
]);

const used = (
  events: readonly AuditEvent[],
  account: string,
): { attributes: ResourceAttributes; code: number }[] =>
  events
    .filter(({ user, resource }) => user === account && resource !== '')
    .flatMap(({ verb, group, resource, subresource, namespace, name, code }) => {
      const attributes = {
        verb,
        group,
        resource,
        ...(subresource ? { subresource } : {}),
        ...(namespace ? { namespace } : {}),
        ...(name ? { name } : {}),
      };
      // An apply that makes something is asked for both rights and logged as one call.
      const made = verb === 'patch' && code === 201;
      return [
        { attributes, code },
        ...(made ? [{ attributes: { ...attributes, verb: 'create' }, code }] : []),
      ];
    });

(isPossible ? describe : describe.skip)('the rights of the operator, in one namespace', () => {
  let world: Plane;
  let user: KubeClient;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    world = await startPlane({
      apiServerFlags: [
        '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
        // As older API servers: caches are filled by lists rather than by watches alone.
        '--feature-gates=WatchList=false',
      ],
      roles: false,
    });
    user = world.user;
    await user.create(resources.namespaces, { metadata: { name: ops } });
  }, firstStartTimeoutMs);
  afterAll(async () => {
    for (const stop of stops) await stop();
    await world?.stop();
  }, 60_000);

  /** As the chart does it: Roles in the namespaces, and named cluster-scoped objects. */
  async function grant(account: string, rules: readonly PolicyRule[]): Promise<GrantedRules[]> {
    const subjects = [{ apiGroup: rbac, kind: 'User', name: account }];
    const granted: GrantedRules[] = [
      { namespace: 'default', rules: rules },
      { namespace: ops, rules: [...leaderElectionRules, ...webhooks.secret] as GrantedRules['rules'] },
      { rules: webhooks.cluster },
    ];
    for (const { namespace, rules: some } of granted) {
      const isWide = namespace === undefined;
      const role: Resource<Role> = isWide ? clusterRoles : resources.roles;
      const binding: Resource<RoleBinding> = isWide ? clusterRoleBindings : resources.roleBindings;
      const metadata = { name: account, ...(isWide ? {} : { namespace }) };
      const kind = isWide ? 'ClusterRole' : 'Role';
      await user.create(role, { metadata, rules: some as PolicyRule[] });
      await user.create(binding, {
        metadata,
        roleRef: { apiGroup: rbac, kind, name: account },
        subjects,
      });
    }
    return granted;
  }

  /** One process of the operator, its webhooks at `port`. */
  async function operate(account: string, port: number): Promise<{ stop: () => Promise<void> }> {
    const config = await loadKubeConfig({ path: world.plane.kubeconfigFor(account) });
    const log = createLogger({ name: account, destination: { write: () => undefined } });
    const manager = createManager({
      name: 'postgres-operator',
      config,
      log,
      namespaces: ['default'],
      identity: account,
      election: { namespace: ops, thread: false },
    });
    manager.addPlan(
      postgresClusterPlan({ images: { '17.12.0': 'postgres:17.12.0' }, passwords: randomPasswords }),
    );
    manager.addRunnable(
      operatorWebhooks(
        {
          address: `127.0.0.1:${port}`,
          service,
          namespace: ops,
          hosts: ['127.0.0.1'],
          certificatesDir: undefined,
          policy: { authorityMs: 12_000, servingMs: 4_000, propagationMs: 700, clockSkewMs: 1_000 },
        },
        { client: manager.client, versions: ['17.12.0'] },
        { config, log, metrics: manager.metrics },
      ),
    );
    const stop = new AbortController();
    const running = manager.run(stop.signal);
    let stopped: Promise<void> | undefined;
    const stopOnce = (): Promise<void> => {
      stop.abort();
      return (stopped ??= running);
    };
    stops.push(stopOnce);
    return { stop: stopOnce };
  }

  async function tellOfWebhooks(port: number): Promise<void> {
    const { validating, conversion } = webhookObjects(service, { url: `https://127.0.0.1:${port}` });
    for (const configuration of validating) await user.create(validatingWebhookConfigurations, configuration);
    const definition = { name: 'postgresclusters.db.example.com' };
    await user.mergePatch(resources.customResourceDefinitions, definition, {
      spec: { conversion: conversion[definition.name] },
    });
  }

  const webhooksAnswer = (): Promise<unknown> =>
    eventually(
      'its webhooks answer',
      () =>
        user.create(
          postgresClusters,
          {
            metadata: { namespace: 'default', name: 'try' },
            spec: { replicas: 1, version: '17.12.0' },
          } as never,
          { dryRun: true },
        ),
      20_000,
    );

  it('are all that it uses, and it uses all of them', async () => {
    const granted = await grant('operator', operatorRules);
    const port = await freePort('127.0.0.1');
    await tellOfWebhooks(port);
    const first = await operate('operator', port);
    await webhooksAnswer();
    await liveThrough(user);
    await eventually(
      'an authority of its own follows the first',
      async () => {
        const held = await user.get(resources.secrets, { namespace: ops, name: service });
        expect(held.metadata?.managedFields?.some(({ operation }) => operation === 'Apply')).toBe(true);
      },
      30_000,
    );
    await first.stop();
    const second = await operate('operator', port);
    await webhooksAnswer();
    await liveOn(user);
    // A watch is in the log once it has ended.
    await second.stop();
    const calls = used(world.plane.auditEvents(), 'operator');
    expect(calls.length).toBeGreaterThan(100);
    const own = granted.map((each): GrantedRules =>
      each.rules === operatorRules ? { ...each, rules: ownRules } : each,
    );
    const { missing } = compareRights(calls, granted);
    const { unused } = compareRights(calls, own);
    expect([...missing, ...calls.filter(({ code }) => code === 401 || code === 403)]).toEqual([]);
    expect(unused.map(({ text }) => text).sort()).toEqual([...unseen.keys()].sort());
  }, 120_000);

  it('negative control: one that is missing is refused, and seen', async () => {
    const rules = ownRules.filter((rule) => !rule.resources?.includes('poddisruptionbudgets'));
    const granted = await grant('poor', rules);
    const poor = await operate('poor', await freePort('127.0.0.1'));
    const refused = () => used(world.plane.auditEvents(), 'poor').filter(({ code }) => code === 403);
    await eventually('it is refused', () => expect(refused()).not.toEqual([]), 20_000);
    await poor.stop();
    expect(compareRights(refused(), granted).missing).toContainEqual(
      expect.objectContaining({ resource: 'poddisruptionbudgets' }),
    );
  }, 60_000);

  it('negative control: nothing is handed out that is not held', async () => {
    await grant('ungenerous', ownRules);
    const ungenerous = await operate('ungenerous', await freePort('127.0.0.1'));
    await user.mergePatch(
      postgresClusters,
      { namespace: 'default', name: 'pg' },
      { metadata: { annotations: { look: 'again' } } },
    );
    await user.delete(resources.roles, { namespace: 'default', name: 'pg-instance' });
    await eventually(
      'it says which it lacks',
      async () => {
        const { status } = await user.get(postgresClusters, { namespace: 'default', name: 'pg' });
        expect(JSON.stringify(status?.conditions)).toContain(
          'is attempting to grant RBAC permissions not currently held',
        );
      },
      20_000,
    );
    await ungenerous.stop();
  }, 60_000);
});
