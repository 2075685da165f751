import { keyText, type Clock } from '@stateful/reconcile-sdk';
import { type ApiServer } from '../api-server/index.ts';
import { cronJobSimulator } from './cron-job/simulator.ts';
import { endpointsSimulator } from './endpoints.ts';
import { replicaSetSimulator } from './deployment/replica-set.ts';
import { deploymentSimulator } from './deployment/step.ts';
import { drive, type Simulator } from './driver.ts';
import { jobSimulator } from './job/simulator.ts';
import { kinds, type LiveClaim, type LivePod } from './kinds.ts';
import { nodeSimulator } from './node.ts';
import { readObjects, type Objects } from './objects.ts';
import { runKubelets } from './pod/kubelet.ts';
import { type StartProgram } from './pod/program.ts';
import { statefulSetSimulator } from './stateful-set/simulator.ts';
import { usualTimes, type Times } from './times.ts';
import { type Planted, type PodTrouble } from './trouble.ts';
import { volumeSimulator } from './volume.ts';

export interface SimulationOptions {
  readonly clock: Clock;
  readonly times?: Partial<Times>;
  /** How many nodes there are: `node-0`, `node-1`, ... Default 3. */
  readonly nodes?: number;
  /** Feature gate MaxUnavailableStatefulSet, which is off in Kubernetes 1.35. */
  readonly maxUnavailable?: boolean;
  /** What runs in a pod; undefined: something that becomes ready, or runs its time and ends well. */
  readonly programs?: (pod: LivePod) => StartProgram | undefined;
  /** Addresses of pods, where they have to be real ones. */
  readonly addressOf?: (pod: LivePod) => string | undefined;
}

/** The rest of a cluster, around an API server: controllers, scheduler, nodes and what runs on them. */
export interface Simulation {
  readonly objects: Objects;
  /** Lets a trouble befall pods, those that are there and those to come; the answer ends it. */
  plant(trouble: PodTrouble, befalls: (pod: LivePod) => boolean): () => void;
  /** Holds claims that are to go, as a snapshot under way does; the answer lets them go. */
  holdClaims(held: (claim: LiveClaim) => boolean): () => void;
  /** Takes a node's power away: its pods stop, and nobody tells. */
  loseNode(name: string): void;
  returnNode(name: string): void;
  stop(): void;
}

/** Starts the simulators on a server. All that they do depends on what is stored, on the clock, and on nothing else. */
export function runSimulators(
  server: Pick<ApiServer, 'ask' | 'store'>,
  {
    clock,
    nodes = 3,
    programs = () => undefined,
    addressOf = () => undefined,
    ...options
  }: SimulationOptions,
): Simulation {
  const times: Times = { ...usualTimes, ...options.times };
  const objects = readObjects(server);
  const planted = new Set<Planted>();
  const heldClaims = new Set<(claim: LiveClaim) => boolean>();
  const silent = new Map<string, number>();
  const everyPod = (): string[] => objects.list(kinds.pods).map(({ metadata }) => keyText(metadata));

  const kubelets = runKubelets({
    objects,
    clock,
    times,
    planted: () => [...planted],
    programs,
    addressOf,
    isUp: (node) => !silent.has(node),
    wake: (key) => driver.wake(kubelets, key),
  });
  const volumes = volumeSimulator(objects, times, (claim) => [...heldClaims].some((held) => held(claim)));
  const nodeController = nodeSimulator(objects, (node) => silent.get(node), times.nodeNoticedMs);
  const simulators: Simulator[] = [
    deploymentSimulator(objects),
    replicaSetSimulator(objects),
    statefulSetSimulator(objects, options.maxUnavailable ?? false),
    cronJobSimulator(objects),
    jobSimulator(objects),
    endpointsSimulator(objects),
    volumes,
    nodeController,
    kubelets,
  ];
  const driver = drive(server, simulators, { clock, reactionMs: times.reactionMs });
  for (let index = 0; index < nodes; index++) makeNode(server, `node-${index}`);

  const wakePods = (): void => everyPod().forEach((key) => driver.wake(kubelets, key));
  return {
    objects,
    plant(trouble, befalls) {
      const added = { trouble, befalls };
      planted.add(added);
      wakePods();
      return () => {
        planted.delete(added);
        wakePods();
      };
    },
    holdClaims(held) {
      heldClaims.add(held);
      return () => {
        heldClaims.delete(held);
        for (const { metadata } of objects.list(kinds.persistentVolumeClaims))
          driver.wake(volumes, keyText(metadata));
      };
    },
    loseNode(name) {
      if (silent.has(name)) return;
      silent.set(name, clock.now());
      kubelets.powerOff(name);
      driver.wake(nodeController, name);
    },
    returnNode(name) {
      silent.delete(name);
      driver.wake(nodeController, name);
      wakePods();
    },
    stop: driver.stop,
  };
}

/** A node with room for everything, in a zone of its own. */
function makeNode({ ask }: Pick<ApiServer, 'ask'>, name: string): void {
  ask({
    method: 'POST',
    path: '/api/v1/nodes',
    body: {
      metadata: {
        name,
        labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${name}` },
      },
    },
  });
}
