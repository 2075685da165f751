import { describe, expect, it } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import { createSeededRandom, resources, type KubeClient } from '@stateful/reconcile-sdk';
import { catalogue, findings, type SystemUnderTest } from '@stateful/testing';
import { postgresClusterPlan, postgresClusters } from '../../src/index.ts';
import { cluster, furnish, images, namespace } from './world.ts';

const key = { namespace, name: 'pg' };

/** The same in every run, so that what stands can be compared. */
const passwords = { generate: () => 'p'.repeat(32) };

/** The operator as `main.ts` makes it, with simulated pods in which simulated agents run. */
const system: SystemUnderTest = {
  operator: {
    name: 'postgres-operator',
    build: (manager) => manager.addPlan(postgresClusterPlan({ images, passwords })),
  },
  setUp({ server, clock, seed }) {
    furnish(server, { clock, random: createSeededRandom(seed) });
  },
  parents: postgresClusters,
  managed: [
    resources.statefulSets,
    resources.services,
    resources.secrets,
    resources.configMaps,
    resources.podDisruptionBudgets,
    resources.serviceAccounts,
    resources.roles,
    resources.roleBindings,
    resources.cronJobs,
    resources.persistentVolumeClaims,
  ],
};

const create = (spec: object = {}) => ({
  name: 'create the cluster',
  run: (users: KubeClient) => users.create(postgresClusters, cluster({ replicas: 2, ...spec })),
});
const patch = (name: string, spec: object) => ({
  name,
  run: (users: KubeClient) =>
    users.mergePatch<PostgresCluster>(postgresClusters, key, { spec } as Partial<PostgresCluster> as never),
});
const remove = {
  name: 'delete the cluster',
  run: (users: KubeClient) => users.delete(postgresClusters, key),
};

const lives = {
  life: {
    name: 'a cluster grows and goes',
    steps: [create(), patch('3 instances', { replicas: 3 }), remove],
  },
  recreation: { name: 'a cluster is deleted and made again', steps: [create(), remove, create()] },
  toggle: {
    name: 'a cluster shrinks and grows',
    steps: [create({ replicas: 3 }), patch('2 instances', { replicas: 2 }), patch('3', { replicas: 3 })],
  },
};

describe('the Postgres operator', () => {
  it.each(catalogue(system, lives).map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      expect(await findings(entry, console.info)).toEqual([]);
    },
    300_000,
  );
});
