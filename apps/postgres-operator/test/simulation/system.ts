import { type PostgresCluster } from '@stateful/postgres-api';
import { resources, type KubeClient } from '@stateful/reconcile-sdk';
import { type Lives, type Scenario, type Step, type SystemUnderTest } from '@stateful/testing';
import {
  cluster,
  furnish,
  namespace,
  operatorPlan,
  postgresClusters,
  versions,
  type PostgresWorld,
} from './world.ts';

const key = { namespace, name: 'pg' };

/**
 * The real operator among simulated agents, for whoever tries it systematically. Claims outlive their pods on purpose,
 * so they tell which sizes were ever seen: `claims: false` leaves them out where some are not.
 */
export function postgresSystem({ claims = true }: { claims?: boolean } = {}): SystemUnderTest {
  const outside = new WeakMap<object, Pick<PostgresWorld, 'agents'>>();
  return {
    operator: {
      name: 'postgres-operator',
      build: (manager, { random }) => manager.addPlan(operatorPlan(random)),
    },
    setUp: (world) => void outside.set(world, furnish(world.server, world)),
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
      ...(claims ? [resources.persistentVolumeClaims] : []),
    ],
    // Two primaries and the like. A cluster that goes loses its agents' rights before its pods: no fault of anybody's.
    outside: (world) => outside.get(world)?.agents.violations.filter((what) => !what.includes(' refused: ')),
    mask,
  };
}

/** Passwords and identities are drawn anew in each run; nodes and revisions depend on what came first. */
function mask(object: object): object {
  const { data, status, ...rest } = object as {
    kind: string;
    data?: Record<string, string>;
    status?: Record<string, unknown>;
  };
  if (rest.kind === 'Secret') return { ...rest, data: Object.keys(data ?? {}) };
  if (rest.kind !== 'PostgresCluster' || !status) return object;
  const {
    systemIdentifier: _identity,
    instances,
    ...told
  } = status as NonNullable<PostgresCluster['status']>;
  return {
    ...rest,
    status: { ...told, instances: instances?.map(({ node: _node, ...instance }) => instance) },
  };
}

const made: Step = { name: 'a cluster is made', run: (users) => users.create(postgresClusters, cluster()) };
const gone: Step = {
  name: 'it is deleted',
  run: (users) => users.delete(postgresClusters, key),
};
const set = (name: string, spec: object): Step => ({
  name,
  run: (users) => users.mergePatch(postgresClusters, key, { spec }),
});
const backups = {
  backupStore: { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' },
  backupSchedule: '02:30',
};
const emptied: Step = { name: 'its volumes are deleted', run: (users) => deleteVolumes(users) };

async function deleteVolumes(users: KubeClient): Promise<void> {
  const { items } = await users.list(resources.persistentVolumeClaims, { namespace });
  for (const { metadata } of items)
    await users.delete(resources.persistentVolumeClaims, { namespace, name: metadata?.name ?? '' });
}

/** What people do to a PostgresCluster. */
export const lives: Lives = {
  life: {
    name: 'a cluster is made, gets backups and a new version, loses an instance and is deleted',
    steps: [
      made,
      set('it gets backups', backups),
      set('it gets a new version', { version: versions[1] }),
      {
        name: 'an instance is restarted',
        run: (users) => users.delete(resources.pods, { namespace, name: 'pg-2' }),
      },
      gone,
    ],
  },
  recreation: {
    name: 'a cluster is deleted with its volumes and made again',
    steps: [made, gone, emptied, made],
  },
  toggle: {
    name: 'backups are taken away and brought back',
    steps: [
      {
        name: 'a cluster with backups is made',
        run: (users) => users.create(postgresClusters, cluster(backups)),
      },
      set('no backups', { backupStore: null, backupSchedule: null }),
      set('backups again', backups),
    ],
  },
};

/** Sizes that come and go, perhaps unseen. */
export const sizes: Readonly<Record<string, Scenario>> = {
  'grows and shrinks': {
    name: 'three, five, three instances',
    steps: [made, set('five instances', { replicas: 5 }), set('three instances', { replicas: 3 })],
  },
  'shrinks and grows': {
    name: 'four, three, four instances',
    steps: [
      {
        name: 'a cluster of four is made',
        run: (users) => users.create(postgresClusters, cluster({ replicas: 4 })),
      },
      set('three instances', { replicas: 3 }),
      set('four instances', { replicas: 4 }),
    ],
  },
};
