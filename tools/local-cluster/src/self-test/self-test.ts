import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Cluster } from '../cluster.ts';
import { isNodeFrozen } from '../faults/freeze.ts';
import { detectCgroups, findPodGroup, isFrozen, processesIn } from '../native/cgroups.ts';
import { apiPort, clusterLayout, hostAddress, type NodeLayout } from '../native/layout.ts';
import { describeLeftovers, findLeftovers, isClean } from '../native/leftovers.ts';
import { readRecord } from '../native/native-cluster.ts';
import { pauseImage } from '../native/node-config.ts';
import { waitUntil } from '../process/wait-until.ts';
import { seconds, type Log } from '../progress.ts';
import { nativeProvider } from '../providers/native.ts';
import { added, readMachineState } from './machine-state.ts';
import { connectTime, packetsArrive } from './probes.ts';
import { createChecks, renderTable, type Checks } from './report.ts';

const nodeCount = 3;
const kubeletPort = 10250;

/** Everything that the native provider promises, done for real. Returns whether all of it held. */
export async function selfTest(name: string, log: Log): Promise<boolean> {
  const layout = clusterLayout(name);
  if (readRecord(layout) !== undefined) {
    throw new Error(`The cluster ${name} is up, and this test would destroy it: use another --name`);
  }
  const cgroups = detectCgroups();
  const before = readMachineState(cgroups);
  const checks = createChecks(log);
  const { check } = checks;
  let cluster: Cluster | undefined;
  const up = async (): Promise<void> => {
    cluster = await nativeProvider.up({ name, nodes: nodeCount, log });
  };
  const down = (): Promise<void> => nativeProvider.down({ name, log });

  await check('up, killed half-way', () => upAndKill(name));
  await check('up after that', up);
  await check('up again: nothing to do', async () => {
    const startedAt = performance.now();
    await up();
    const took = performance.now() - startedAt;
    if (took > 2_000) throw new Error(`took ${seconds(took)}`);
  });
  await check('down', down);
  await check('down again: nothing to do', down);
  await check('up', up);
  if (cluster !== undefined) await testRunning(cluster, checks);
  await check('down, with pods running', down);
  await check('nothing is left', async () => {
    await Promise.resolve();
    const found = findLeftovers(layout, cgroups);
    if (!isClean(found)) throw new Error(describeLeftovers(found));
    const more = added(before, readMachineState(cgroups));
    if (more.length > 0) throw new Error(more.join(', '));
    return 'no process, namespace, link, route, mount, control group or folder';
  });
  process.stdout.write(`\n${renderTable(checks.results())}\n`);
  return checks.results().every(({ passed }) => passed);
}

/** Kills `up` in the middle of starting the nodes. */
async function upAndKill(name: string): Promise<string> {
  const main = join(import.meta.dirname, '..', 'main.ts');
  const args = ['--conditions=@stateful/source', main, '--name', name, 'up', '--nodes', String(nodeCount)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = once(child, 'exit');
  for await (const line of createInterface(child.stderr)) {
    if (line.includes('Ready')) break;
  }
  child.kill('SIGKILL');
  await exit;
  const layout = clusterLayout(name);
  const found = findLeftovers(layout, detectCgroups());
  if (readRecord(layout) !== undefined || isClean(found)) throw new Error('it was not killed in the middle');
  return `left ${describeLeftovers(found)}`;
}

async function testRunning(cluster: Cluster, { check }: Checks): Promise<void> {
  const { faults } = cluster;
  const layout = clusterLayout(cluster.name);
  const cgroups = detectCgroups();
  const [node1, node2] = [layout.node(1), layout.node(2)];

  await check('pod with a volume on node2', async () => {
    await applyPod(cluster, node2);
    const [volume = ''] = readdirSync(join(layout.volumesDir, node2.name));
    const { gid, mode } = statSync(join(layout.volumesDir, node2.name, volume));
    if (gid !== 999 || (mode & 0o2070) !== 0o2070) throw new Error(`group ${gid}, mode ${mode.toString(8)}`);
    return 'writable by its fsGroup';
  });
  await check('kill a process of a pod', async () => {
    const first = await containerStart(cluster);
    const pids = await faults.killProcess({ pod: 'probe', process: 'pause' });
    await waitUntil(async () => (await containerStart(cluster)) > first, {
      what: 'the container to start again',
      timeoutMs: 60_000,
      intervalMs: 500,
    });
    return `killed ${pids.length}, started again`;
  });
  await check('freeze and thaw a pod', async () => {
    const uid = await cluster.kubectl('get', 'pod', 'probe', '-o', 'jsonpath={.metadata.uid}');
    await faults.freezePod(uid);
    const group = findPodGroup(cgroups, node2.cgroup, uid) ?? '';
    if (!isFrozen(cgroups, group)) throw new Error('not frozen');
    await faults.thawPod(uid);
    if (isFrozen(cgroups, group)) throw new Error('still frozen');
  });
  await check('one-way cut node1 to node2', async () => {
    await faults.oneWayCut('node1', 'node2');
    await expectArrival(node1, node2, false);
    await expectArrival(node2, node1, true);
    await faults.healOneWay('node1', 'node2');
    await expectArrival(node1, node2, true);
    return 'node2 still reached node1';
  });
  await check('one-way cuts to and from the API server', async () => {
    await faults.oneWayCut('node1', 'api-server');
    await expectConnection(node1, false);
    await faults.healOneWay('node1', 'api-server');
    await faults.oneWayCut('api-server', 'node1');
    await expectConnection(node1, false);
    await expectConnection(node2, true);
    await faults.healAll();
    await expectConnection(node1, true);
  });
  await check('delay of 100 ms', async () => {
    const plain = (await connectTime(node1, hostAddress, apiPort)) ?? 0;
    await faults.delay('node1', 100);
    const slow = (await connectTime(node1, hostAddress, apiPort)) ?? 0;
    await faults.delay('node1', 0);
    if (slow < 95) throw new Error(`a connection took ${slow.toFixed(1)} ms`);
    return `a connection took ${plain.toFixed(1)} ms before and ${slow.toFixed(1)} ms with it`;
  });
  await check('freeze and thaw a node', async () => {
    await faults.freeze('node2');
    if (!isNodeFrozen(cgroups, node2)) throw new Error('not frozen');
    await faults.thaw('node2');
    await waitUntil(async () => (await connectTime(node1, node2.address, kubeletPort)) !== undefined, {
      what: 'the kubelet to answer again',
      timeoutMs: 20_000,
    });
  });
  await check('cut: node2 becomes NotReady', async () => {
    await faults.cut('node2');
    await expectArrival(node1, node2, false);
    await waitForReady(cluster, 'node2', false);
  });
  await check('heal: node2 becomes Ready', async () => {
    await faults.heal('node2');
    await waitForReady(cluster, 'node2', true);
    await expectArrival(node1, node2, true);
  });
  await check('crash: node2 is gone at once', async () => {
    await faults.crash('node2');
    const left = processesIn(cgroups, node2.cgroup);
    if (left.length > 0 || existsSync(`/sys/class/net/${node2.link}`))
      throw new Error(`${left.length} processes left`);
  });
  await check('restart: node2 is Ready, its pod runs', async () => {
    const first = await containerStart(cluster);
    await faults.restart('node2');
    await waitForReady(cluster, 'node2', true);
    await waitUntil(async () => (await containerStart(cluster)) > first, {
      what: 'the pod to run again',
      timeoutMs: 90_000,
      intervalMs: 500,
    });
    await expectArrival(node1, node2, true);
  });
  await check('audit log counts writes', () => {
    const created = cluster
      .auditEvents()
      .filter((event) => event.verb === 'patch' && event.resource === 'pods' && event.name === 'probe');
    if (created.length === 0) throw new Error('the pod that was applied is not in it');
    return Promise.resolve(`${cluster.auditEvents().length} writes so far`);
  });
  await check('logs', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'cluster-logs-'));
    try {
      await cluster.logs(dir);
      const files = readdirSync(dir);
      if (!files.includes('pods.yaml') || !files.includes('components')) throw new Error(files.join(' '));
      return `${files.length} files`;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

async function applyPod(cluster: Cluster, node: NodeLayout): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'cluster-manifest-'));
  const file = join(dir, 'probe.json');
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'probe', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'default' },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node.name },
      securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
      containers: [{ name: 'main', image: pauseImage, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'probe' } }],
    },
  };
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [claim, pod] }));
  try {
    // The service account of a new namespace comes a moment after the namespace.
    await waitUntil(
      async () =>
        (await cluster.kubectl('get', 'serviceaccounts', '-o', 'name')).includes('serviceaccount/default'),
      { what: 'the default service account', timeoutMs: 30_000, intervalMs: 200 },
    );
    await cluster.kubectl('apply', '--server-side', '-f', file);
    await cluster.kubectl('wait', 'pod/probe', '--for=condition=Ready', '--timeout=50s');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** When the container of the probe started last, in milliseconds; 0 while it does not run. */
async function containerStart(cluster: Cluster): Promise<number> {
  const path = 'jsonpath={.status.containerStatuses[0].state.running.startedAt}';
  const text = await cluster.kubectl('get', 'pod', 'probe', '-o', path);
  return text === '' ? 0 : new Date(text).getTime();
}

async function waitForReady(cluster: Cluster, node: string, wanted: boolean): Promise<void> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  await waitUntil(
    async () => ((await cluster.kubectl('get', 'node', node, '-o', path)) === 'True') === wanted,
    {
      what: `${node} to be ${wanted ? 'Ready' : 'NotReady'}`,
      timeoutMs: 120_000,
      intervalMs: 500,
    },
  );
}

async function expectArrival(from: NodeLayout, to: NodeLayout, wanted: boolean): Promise<void> {
  if ((await packetsArrive(from, to)) !== wanted) {
    throw new Error(`packets from ${from.name} to ${to.name} ${wanted ? 'do not arrive' : 'arrive'}`);
  }
}

async function expectConnection(from: NodeLayout, wanted: boolean): Promise<void> {
  const took = await connectTime(from, hostAddress, apiPort);
  if ((took !== undefined) !== wanted) {
    throw new Error(`${from.name} ${wanted ? 'does not reach' : 'reaches'} the API server`);
  }
}
