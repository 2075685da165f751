import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pkiFiles } from '../control-plane/credentials.ts';
import { isAlive } from '../process/identity.ts';
import { run, tryRun } from '../process/run.ts';
import { waitUntil } from '../process/wait-until.ts';
import { createGroup, type Cgroups } from './cgroups.ts';
import { assertAlive, daemonTail, startDaemon, type Daemon } from './daemon.ts';
import { actsOf, readJournal, type Journal } from './journal.ts';
import { nodesOf, type Layout, type NodeLayout } from './layout.ts';
import { hasOtherCluster } from './leftovers.ts';
import { createNodeNetwork } from './network.ts';
import {
  containerdSocket,
  kubeletFlags,
  kubeProxyFlags,
  nodeFiles,
  nodeMounts,
  renderCniConfig,
  renderContainerdConfig,
  renderKubeletConfig,
  type Snapshotter,
} from './node-config.ts';

export type NodeContext = {
  readonly layout: Layout;
  readonly cgroups: Cgroups;
  readonly journal: Journal;
  readonly kube: string;
  /** How many nodes the cluster has. */
  readonly nodeCount: number;
};

const daemonNames = (node: NodeLayout) => ({
  namespace: `${node.name}-namespace`,
  containerd: `${node.name}-containerd`,
  kubelet: `${node.name}-kubelet`,
  proxy: `${node.name}-kube-proxy`,
});

/** The node's own processes; pods are beside them, in kubepods. */
export const systemGroup = (node: NodeLayout): string => `${node.cgroup}/system`;

/** Folders and files on the node's disk; what is there stays. */
export function writeNodeFiles(context: NodeContext, node: NodeLayout): void {
  const { layout, cgroups, journal } = context;
  const files = nodeFiles(node);
  // What another cluster has made it leaves to us, should it go first.
  const isShared = hasOtherCluster(layout, cgroups);
  for (const { source, target } of nodeMounts(node)) {
    mkdirSync(source, { recursive: true });
    if (existsSync(target) && !isShared) continue;
    journal.record({ kind: 'directory', path: target });
    mkdirSync(target, { recursive: true });
  }
  mkdirSync(files.cniDir, { recursive: true });
  writeFileSync(files.containerdConfig, renderContainerdConfig(node, snapshotterFor(node.dir)));
  writeFileSync(files.cniConfig, renderCniConfig(node));
  writeFileSync(files.kubeletConfig, renderKubeletConfig(node, pkiFiles(layout.pkiDir)));
  writeFileSync(files.resolvConf, '');
}

const overlayfsMagic = 0x794c7630;

/** An overlay cannot be stacked on an overlay as its upper layer, which is what the disk of a container is. */
function snapshotterFor(dir: string): Snapshotter {
  return statfsSync(dir).type === overlayfsMagic ? 'native' : 'overlayfs';
}

/** Switches a node on: network, control groups, its private view of the file system, containerd. */
export async function startNodeRuntime(context: NodeContext, node: NodeLayout): Promise<void> {
  const { layout, cgroups, journal, nodeCount } = context;
  createGroup(cgroups, node.cgroup, true);
  createGroup(cgroups, systemGroup(node));
  await createNodeNetwork(node, nodesOf(layout, nodeCount), journal);
  const ready = join(node.dir, 'namespace-ready');
  rmSync(ready, { force: true });
  const holder = startNodeDaemon(context, node, daemonNames(node).namespace, [
    ...['nsenter', `--net=/run/netns/${node.netns}`, 'unshare', '--mount', '--propagation', 'slave'],
    ...['sh', '-c', prepareFileSystem, ready],
    ...nodeMounts(node).flatMap(({ source, target }) => [source, target]),
  ]);
  await waitForDaemon(holder, () => existsSync(ready), `the mount namespace of ${node.name}`);
  const containerd = startInNode(context, node, daemonNames(node).containerd, [
    'containerd',
    '--config',
    nodeFiles(node).containerdConfig,
  ]);
  await waitForDaemon(containerd, () => isContainerdReady(holder.pid), `containerd of ${node.name}`);
}

/**
 * The node's view of the machine's files, in a mount namespace that the host never sees: its own /run, emptied
 * as by a reboot, and its own folders at the places where a node keeps its state. Takes the file to create
 * when done, then pairs of source and target.
 */
const prepareFileSystem = `set -eu
# Copies of other namespaces' mounts would keep them alive after they are removed.
if [ -d /run/netns ]; then umount -R -l /run/netns 2>/dev/null || true; fi
mount -t tmpfs -o mode=755,size=128m tmpfs /run
mkdir -p /run/lock /run/netns /run/containerd
while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done
mount --make-rshared /
: > "$0"
exec sleep infinity
`;

/** Starts what makes the node a part of Kubernetes. The API server must be there. */
export function startNodeAgents(context: NodeContext, node: NodeLayout): readonly Daemon[] {
  const { layout, kube } = context;
  const pki = pkiFiles(layout.pkiDir);
  return [
    startInNode(context, node, daemonNames(node).kubelet, [kube, 'kubelet', ...kubeletFlags(node, pki)]),
    startInNode(context, node, daemonNames(node).proxy, [kube, 'kube-proxy', ...kubeProxyFlags(node, pki)]),
  ];
}

function startInNode(
  context: NodeContext,
  node: NodeLayout,
  name: string,
  command: readonly string[],
): Daemon {
  return startNodeDaemon(context, node, name, ['nsenter', ...inNode(context.layout, node), ...command]);
}

function startNodeDaemon(
  { layout, cgroups, journal }: NodeContext,
  node: NodeLayout,
  name: string,
  command: readonly string[],
): Daemon {
  return startDaemon({ layout, cgroups, journal, name, cgroup: systemGroup(node), command });
}

/** Arguments of nsenter that bring a command into the node's namespaces. */
export function inNode(layout: Layout, node: NodeLayout): readonly string[] {
  return ['--target', String(holderOf(layout, node).pid), '--mount', '--net', '--'];
}

function holderOf(layout: Layout, node: NodeLayout): Daemon {
  const holder = findDaemon(layout, daemonNames(node).namespace);
  if (holder === undefined) throw new Error(`${node.name} is not running: start it with restart`);
  return holder;
}

/** The latest process of this name, when it is alive. */
export function findDaemon(layout: Layout, name: string): Daemon | undefined {
  const latest = actsOf(readJournal(layout.journal), 'process').findLast((act) => act.name === name);
  if (latest === undefined || !isAlive(latest)) return undefined;
  const { pid, startTime } = latest;
  return { pid, startTime, name, logFile: join(layout.logDir, `${name}.log`) };
}

/** Which of the node's processes are missing; none when the node is whole. */
export const missingNodeDaemons = (layout: Layout, node: NodeLayout): readonly string[] =>
  Object.values(daemonNames(node)).filter((name) => findDaemon(layout, name) === undefined);

/** Runs a command in the node's namespaces and returns its output. */
export const runInNode = (
  layout: Layout,
  node: NodeLayout,
  command: readonly string[],
  timeoutMs = 60_000,
): Promise<string> => run('nsenter', [...inNode(layout, node), ...command], { timeoutMs });

async function isContainerdReady(holderPid: number): Promise<boolean> {
  if (!existsSync(`/proc/${holderPid}/root${containerdSocket}`)) return false;
  const enter = ['--target', String(holderPid), '--mount', '--'];
  const { code } = await tryRun('nsenter', [...enter, 'ctr', '--connect-timeout', '2s', 'version']);
  return code === 0;
}

async function waitForDaemon(
  daemon: Daemon,
  ready: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  await waitUntil(
    () => {
      assertAlive(daemon);
      return ready();
    },
    { what: `${what} to be ready`, timeoutMs: 30_000, detail: () => daemonTail(daemon.logFile) },
  );
}
