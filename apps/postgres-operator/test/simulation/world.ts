import { customResourceDefinitions, type PostgresCluster } from '@stateful/postgres-api';
import {
  createKubeClient,
  createManualClock,
  createSeededRandom,
  resources,
  type KubeClient,
  type ManualClock,
  type Random,
} from '@stateful/reconcile-sdk';
import {
  createApiServer,
  runSimulators,
  type ApiServer,
  type Simulation,
  type Times,
} from '@stateful/testing';
import { postgresClusterPlan, postgresClusters, type Passwords } from '../../src/index.ts';
import { simulateAgents, type Agents } from './agents.ts';
import { type AgentTimes } from './ensemble.ts';

export const namespace = 'default';
/** One release after the other, for weeks of upgrades. */
export const versions = Array.from({ length: 8 }, (_, index) => `17.${11 + index}.0`);
export const images = Object.fromEntries(
  versions.map((version) => [version, `docker.io/local/postgres:${version}`]),
);

export interface PostgresWorldOptions {
  readonly clock?: ManualClock;
  readonly random?: Random;
  readonly times?: Partial<Times>;
  readonly agentTimes?: Partial<AgentTimes>;
  readonly nodes?: number;
}

/** Kubernetes and the agents around the Postgres operator, which is not among them: whoever tries it starts it. */
export interface PostgresWorld {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly server: ApiServer;
  readonly simulation: Simulation;
  readonly agents: Agents;
  /** An administrator. */
  readonly user: KubeClient;
  stop(): void;
}

/** A world with the kind installed; its time stands still until the clock is moved. */
export function postgresWorld({
  clock = createManualClock(),
  random = createSeededRandom(1),
  ...options
}: PostgresWorldOptions = {}): PostgresWorld {
  const server = createApiServer({ clock, random });
  return { ...furnish(server, { clock, random, ...options }), clock, random, server };
}

/** Makes an API server into such a world: the kind, the simulators, and the agents in the pods. */
export function furnish(
  server: ApiServer,
  { clock, random, times, agentTimes, nodes }: PostgresWorldOptions & { clock: ManualClock; random: Random },
): Pick<PostgresWorld, 'simulation' | 'agents' | 'user' | 'stop'> {
  for (const body of customResourceDefinitions()) {
    server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
  }
  const agents = simulateAgents({
    server,
    clock,
    random,
    objects: () => simulation.objects,
    ...(agentTimes ? { times: agentTimes } : {}),
  });
  const simulation = runSimulators(server, {
    clock,
    programs: (pod) => agents.program(pod),
    ...(times ? { times } : {}),
    ...(nodes === undefined ? {} : { nodes }),
  });
  return {
    simulation,
    agents,
    user: createKubeClient({ transport: server.transport(), fieldManager: 'a-user' }),
    stop() {
      agents.stop();
      simulation.stop();
    },
  };
}

/** Passwords that are the same for the same chance. */
export const passwordsFrom = (random: Random): Passwords => ({
  generate: () => Array.from({ length: 32 }, () => Math.floor(random.next() * 36).toString(36)).join(''),
});

/** The operator's plan, as `main.ts` makes it. */
export const operatorPlan = (random: Random) =>
  postgresClusterPlan({ images, passwords: passwordsFrom(random) });

/** A cluster that asks for nothing special. */
export const cluster = (spec: object = {}, name = 'pg'): PostgresCluster =>
  ({
    metadata: { namespace, name },
    spec: { replicas: 3, version: '17.11.0', storage: { size: '1Gi' }, ...spec },
  }) as unknown as PostgresCluster;

export { postgresClusters, resources };
