import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@stateful/reconcile-sdk';
import {
  runSimulators,
  type ApiServer,
  type LivePod,
  type Program,
  type Simulation,
  type Times,
} from '@stateful/testing';
import { runPod, type BeforeStart, type Containers } from './pod-runner-pod.ts';
import { rewriteHosts } from './pod-runner-rewrite.ts';
import { makeVolumes, type ReadData } from './pod-runner-volumes.ts';

export interface PodRunnerOptions {
  /** The words that stand for the first ones of a container's command: `{ etcd: [binary], 'node /x.mjs': [...] }`. */
  readonly commands: Readonly<Record<string, readonly string[]>>;
  readonly times?: Partial<Times>;
}

/** The rest of a cluster around an in-process API server, in which containers are real processes of this machine. */
export interface PodRunner {
  readonly simulation: Simulation;
  /** Folder that stands for a claim; it outlives pods. */
  claimFolder(namespace: string, claim: string): string;
  /** The loopback address of a pod, whether it is there or not. */
  addressOf(namespace: string, pod: string): string;
  /** `POD.SERVICE` in a text, as addresses that can be dialled from this process. */
  dialled(namespace: string, text: string): string;
  /** Folder with the logs of a pod: CONTAINER.log. */
  podFolder(pod: { metadata?: { uid?: string } }): string;
  /** Whether a container of a pod runs; of pods whose names begin so. */
  isRunning(pod: string, container: string): boolean;
  /** As if the kernel did it. False: it does not run. */
  kill(pod: string, container: string, signal?: NodeJS.Signals): boolean;
  /** Told before each start of a container; awaited, so that pods can be slow. */
  before: BeforeStart | undefined;
  /** Names of all containers that run, as POD/CONTAINER. */
  running(): string[];
  /** Ends all processes, and removes all folders. */
  stop(): Promise<void>;
}

/** As quick as real processes let it be. */
const quick: Partial<Times> = { reactionMs: 5, schedulingMs: 0, pullMs: 1, provisionMs: 1 };

/** Starts scheduler, controllers and kubelets on a server. Processes end with this one, whatever becomes of it. */
export function startPodRunner(
  server: Pick<ApiServer, 'ask' | 'store'>,
  { commands, times }: PodRunnerOptions,
): PodRunner {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-pods-'));
  const pods = new Map<string, { name: string; running: Containers }>();
  const programs = new Set<Program>();
  const addresses = new Map<string, string>();
  // A network of this runner's own in 127.0.0.0/8, every address of which is this machine's.
  const network = `127.${randomInt(16, 250)}.${randomInt(1, 250)}`;
  function addressOf(namespace: string, pod: string): string {
    const key = `${namespace}/${pod}`;
    const address = addresses.get(key) ?? `${network}.${addresses.size + 1}`;
    addresses.set(key, address);
    return address;
  }
  const claimFolder = (namespace: string, claim: string): string => {
    const path = join(dir, 'claims', namespace, claim);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const get = (path: string): { data?: Record<string, string> } | undefined => {
    const { status, body } = server.ask({ method: 'GET', path });
    return status === 200 ? (body as { data?: Record<string, string> }) : undefined;
  };
  const read: ReadData = (kind, namespace, name) => {
    const plural = kind === 'Secret' ? 'secrets' : 'configmaps';
    const found = get(`/api/v1/namespaces/${namespace}/${plural}/${name}`);
    if (!found) throw new Error(`${kind} ${namespace}/${name} does not exist`);
    const encoding = kind === 'Secret' ? 'base64' : 'utf8';
    return Object.fromEntries(
      Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]),
    );
  };
  const podBelow = (namespace: string) => (pod: string, service: string) =>
    get(`/api/v1/namespaces/${namespace}/services/${service}`) && addressOf(namespace, pod);
  const folderOf = (uid: string): string => join(dir, 'pods', uid);
  const find = (pod: string, container: string) =>
    [...pods.values()]
      .findLast(({ name, running }) => name.startsWith(pod) && running.has(container))
      ?.running.get(container);

  const simulation = runSimulators(server, {
    clock: systemClock,
    times: { ...quick, ...times },
    addressOf: ({ metadata }) => addressOf(metadata.namespace ?? '', metadata.name),
    programs: (pod: LivePod) => (container) => {
      const { uid, name, namespace = '' } = pod.metadata;
      const folder = folderOf(uid);
      mkdirSync(folder, { recursive: true });
      const running: Containers = new Map();
      pods.set(uid, { name, running });
      const prepare = () => ({
        pod: container.pod,
        address: addressOf(namespace, name),
        folder,
        commands,
        read,
        addressOf: podBelow(namespace),
        volumes: makeVolumes(pod, { folder, read, claimFolder: (claim) => claimFolder(namespace, claim) }),
      });
      const program = runPod(container, prepare, { running, before: (...of) => runner.before?.(...of) });
      programs.add(program);
      return program;
    },
  });

  const runner: PodRunner = {
    simulation,
    claimFolder,
    addressOf,
    dialled: (namespace, text) => rewriteHosts(text, '127.0.0.1', podBelow(namespace)),
    podFolder: ({ metadata }) => folderOf(metadata?.uid ?? ''),
    isRunning: (pod, container) => find(pod, container) !== undefined,
    kill(pod, container, signal = 'SIGKILL') {
      const found = find(pod, container);
      found?.signal(signal);
      return found !== undefined;
    },
    before: undefined,
    running: () =>
      [...pods.values()].flatMap(({ name, running }) => [...running.keys()].map((each) => `${name}/${each}`)),
    async stop() {
      simulation.stop();
      const all = [...pods.values()].flatMap(({ running }) => [...running.values()]);
      // Its containers are not started again, and nobody asks whether they are ready.
      for (const program of programs) program.kill();
      for (const { signal } of all) signal('SIGKILL');
      await Promise.allSettled(all.map(({ ended }) => ended));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return runner;
}
