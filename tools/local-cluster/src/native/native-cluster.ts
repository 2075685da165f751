import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { kubeBinary } from '../build/kube-binary.ts';
import { pauseImageArchive } from '../build/pause-image.ts';
import { createApiClient, type ApiClient } from '../api/api-client.ts';
import { isApiReady, writeKubectl } from '../control-plane/start-control-plane.ts';
import { withLock } from '../process/lock.ts';
import { run } from '../process/run.ts';
import { waitUntil } from '../process/wait-until.ts';
import { step, type Log } from '../progress.ts';
import { createGroup, detectCgroups } from './cgroups.ts';
import {
  controlPlaneDaemons,
  createClusterCredentials,
  readClusterUser,
  startApiServer,
  startControllers,
  waitForDns,
} from './control-plane.ts';
import { loadImages } from './images.ts';
import { openJournal } from './journal.ts';
import { clusterDomain, dnsServiceAddress, nodesOf, server, type Layout } from './layout.ts';
import { describeLeftovers, findLeftovers, isClean, refuseOtherHome, removeEverything } from './leftovers.ts';
import { createBridge, inNetns } from './network.ts';
import { pauseImage } from './node-config.ts';
import {
  findDaemon,
  missingNodeDaemons,
  startNodeAgents,
  startNodeRuntime,
  writeNodeFiles,
  type NodeContext,
} from './node.ts';
import { ensurePackages } from './packages.ts';

/** What is written down about a cluster when it is up. */
export type ClusterRecord = {
  readonly name: string;
  readonly nodeCount: number;
  readonly kube: string;
  readonly startedAt: string;
};

export function readRecord(layout: Layout): ClusterRecord | undefined {
  if (!existsSync(layout.record)) return undefined;
  return JSON.parse(readFileSync(layout.record, 'utf8')) as ClusterRecord;
}

export function refuseWithoutNeeds(): void {
  if (process.platform !== 'linux') throw new Error('The native provider needs Linux: use PROVIDER=kind');
  if (process.getuid?.() !== 0)
    throw new Error('The native provider needs root: run as root or use PROVIDER=kind');
}

const lockOptions = (layout: Layout, log: Log) => ({
  what: `the cluster ${layout.name}`,
  timeoutMs: 1_800_000,
  log,
});
const lockFile = (layout: Layout): string => `${layout.dir}.lock`;

/** Brings the cluster up, or finds that it is. What an earlier run left half-done is removed first. */
export async function nativeUp(layout: Layout, nodeCount: number, log: Log): Promise<ClusterRecord> {
  refuseWithoutNeeds();
  nodesOf(layout, nodeCount);
  return withLock(lockFile(layout), lockOptions(layout, log), async () => {
    const running = await findRunning(layout, log);
    if (running !== undefined) {
      if (running.nodeCount === nodeCount) return running;
      throw new Error(
        `The cluster ${layout.name} is up with ${running.nodeCount} nodes, not ${nodeCount}: take it down first`,
      );
    }
    refuseOtherHome(layout);
    await ensurePackages(log);
    const [kube, pauseArchive] = [await kubeBinary(log), await pauseImageArchive(pauseImage, log)];
    const cgroups = detectCgroups();
    const found = findLeftovers(layout, cgroups);
    if (!isClean(found)) {
      await step(log, `removing what an earlier run left (${describeLeftovers(found)})`, () =>
        removeEverything(layout, cgroups),
      );
    }
    const context = { layout, cgroups, journal: openJournal(layout.journal), kube, nodeCount };
    try {
      return await bringUp(context, pauseArchive, log);
    } catch (error) {
      log(`the cluster did not come up: removing it again, its logs stay in ${layout.logDir}`);
      await removeEverything(layout, cgroups, { keepLogs: true });
      throw error;
    }
  });
}

/** The record of a cluster whose every process runs and whose API server answers. */
async function findRunning(layout: Layout, log: Log): Promise<ClusterRecord | undefined> {
  const record = readRecord(layout);
  if (record === undefined) return undefined;
  const missing = missingDaemons(layout, record.nodeCount);
  if (missing.length > 0) {
    log(`the cluster ${layout.name} is not whole (${missing.join(', ')} not running): starting it anew`);
    return undefined;
  }
  const api = createApiClient({ server, ...readClusterUser(layout) });
  try {
    await waitUntil(() => isApiReady(api), { what: 'the API server to answer', timeoutMs: 10_000 });
    log(`the cluster ${layout.name} is already up with ${record.nodeCount} nodes`);
    return record;
  } catch {
    log(`the API server of the cluster ${layout.name} does not answer: starting it anew`);
    return undefined;
  } finally {
    await api.close();
  }
}

export const missingDaemons = (layout: Layout, nodeCount: number): readonly string[] => [
  ...controlPlaneDaemons.filter((name) => findDaemon(layout, name) === undefined),
  ...nodesOf(layout, nodeCount).flatMap((node) => missingNodeDaemons(layout, node)),
];

async function bringUp(context: NodeContext, pauseArchive: string, log: Log): Promise<ClusterRecord> {
  const { layout, cgroups, journal, kube, nodeCount } = context;
  const nodes = nodesOf(layout, nodeCount);
  journal.record({ kind: 'cgroup', path: layout.cgroup });
  createGroup(cgroups, layout.cgroup, true);
  await step(log, 'network between the nodes', () => createBridge(layout, journal));
  const credentials = createClusterCredentials(layout, nodeCount);
  const [api] = await Promise.all([
    step(log, 'etcd and kube-apiserver', () => startApiServer(context, credentials)),
    step(log, `network and container runtime of ${nodeCount} nodes`, async () => {
      for (const node of nodes) {
        writeNodeFiles(context, node);
        await startNodeRuntime(context, node);
      }
      await loadImages(layout, nodes, [pauseArchive], () => undefined);
    }),
  ]);
  try {
    const coredns = await step(log, 'controllers, scheduler, DNS and volumes', () =>
      startControllers(context, credentials, api),
    );
    for (const node of nodes) startNodeAgents(context, node);
    await step(log, `all ${nodeCount} nodes to be Ready`, () => waitForNodes(layout, api, nodeCount));
    await step(log, 'DNS on every node', async () => {
      await waitForDns(coredns);
      await Promise.all(nodes.map(({ number }) => waitForServiceDns(layout, number)));
    });
  } finally {
    await api.close();
  }
  writeKubectl(layout.dir, kube, layout.kubeconfig);
  const record: ClusterRecord = { name: layout.name, nodeCount, kube, startedAt: new Date().toISOString() };
  writeFileSync(`${layout.record}.partial`, JSON.stringify(record));
  renameSync(`${layout.record}.partial`, layout.record);
  return record;
}

type NodeObject = {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
};

/** Names of the nodes that Kubernetes knows, each with whether it is Ready. */
export async function nodeReadiness(api: ApiClient): Promise<ReadonlyMap<string, boolean>> {
  const { items } = await api.get<{ readonly items: readonly NodeObject[] }>('/api/v1/nodes');
  return new Map(
    items.map(({ metadata, status }) => [
      metadata.name,
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    ]),
  );
}

async function waitForNodes(layout: Layout, api: ApiClient, nodeCount: number): Promise<void> {
  let last = '';
  await waitUntil(
    async () => {
      const missing = missingDaemons(layout, nodeCount);
      if (missing.length > 0) throw new Error(`${missing.join(', ')} ended, see ${layout.logDir}`);
      const readiness = await nodeReadiness(api);
      last = [...readiness].map(([name, ready]) => `${name} ${ready ? 'Ready' : 'not Ready'}`).join(', ');
      return [...readiness.values()].filter(Boolean).length === nodeCount;
    },
    {
      what: 'all nodes to be Ready',
      timeoutMs: 90_000,
      intervalMs: 200,
      detail: () => `${last}; logs: ${layout.logDir}`,
    },
  );
}

// Runs inside of a node's network: only there does the address of a service lead anywhere.
const askServiceDns = `
  const { Resolver } = require('node:dns/promises');
  const [name, server] = process.argv.slice(1);
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  const deadline = performance.now() + 30_000;
  (async () => {
    for (;;) {
      const answer = await resolver.resolve4(name).catch((error) => error);
      if (Array.isArray(answer)) return;
      if (performance.now() > deadline) throw answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();`;

async function waitForServiceDns(layout: Layout, number: number): Promise<void> {
  const name = `kubernetes.default.svc.${clusterDomain}`;
  const command = [process.execPath, '-e', askServiceDns, name, dnsServiceAddress];
  await run('nsenter', inNetns(layout.node(number), ...command), { env: { NODE_OPTIONS: '' } });
}

/** Takes the cluster down; says what it found. Nothing of it remains, whatever state it was in. */
export async function nativeDown(layout: Layout, log: Log): Promise<void> {
  refuseWithoutNeeds();
  await withLock(lockFile(layout), lockOptions(layout, log), async () => {
    refuseOtherHome(layout);
    const cgroups = detectCgroups();
    const found = findLeftovers(layout, cgroups);
    if (isClean(found)) {
      log(`the cluster ${layout.name} is not up: nothing to do`);
      return;
    }
    await step(log, `removing ${describeLeftovers(found)}`, () => removeEverything(layout, cgroups));
    const left = findLeftovers(layout, cgroups);
    if (!isClean(left))
      throw new Error(`Could not remove all of the cluster: ${describeLeftovers(left)} left`);
    log(`the cluster ${layout.name} is down`);
  });
}
