import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tryRun } from '../process/run.ts';
import { type Journal } from './journal.ts';
import {
  bridge,
  hostAddress,
  nodeNetwork,
  podNetwork,
  serviceNetwork,
  type Layout,
  type NodeLayout,
} from './layout.ts';

export const netnsDir = '/run/netns';
export const netnsPath = (node: NodeLayout): string => join(netnsDir, node.netns);

/** The arguments that run a command in a node's network namespace, but in the mount namespace of the host. */
export const inNetns = (node: NodeLayout, ...command: readonly string[]): readonly string[] => [
  `--net=${netnsPath(node)}`,
  '--',
  ...command,
];

/** Runs a command in a node's network namespace. */
export const runInNetns = (node: NodeLayout, ...command: readonly string[]): Promise<string> =>
  run('nsenter', inNetns(node, ...command));

export const linkExists = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

export const netnsExists = (node: NodeLayout): boolean => existsSync(netnsPath(node));

/** The bridge that is the network between the nodes; the host is on it with the address of the API server. */
export async function createBridge(layout: Layout, journal: Journal): Promise<void> {
  await refuseForeignNetworks(layout);
  journal.record({ kind: 'link', name: bridge });
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['link', 'set', bridge, 'alias', layout.linkAlias]);
  await run('ip', ['addr', 'add', `${hostAddress}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  await letBridgedPacketsPass(journal);
}

/** Whose bridge stands there, by the alias on it ('' without one); undefined when there is none. */
export function bridgeOwner(): string | undefined {
  const path = `/sys/class/net/${bridge}/ifalias`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

async function refuseForeignNetworks(layout: Layout): Promise<void> {
  const owner = bridgeOwner();
  if (owner !== undefined && owner !== layout.linkAlias) {
    throw new Error(
      owner.startsWith('stateful-cluster:')
        ? `Another local cluster, "${owner.slice(17)}", is on this machine: take it down first (down --name ${owner.slice(17)})`
        : `The network link ${bridge} exists and is not ours: remove it (ip link del ${bridge}) and run again`,
    );
  }
  for (const network of [nodeNetwork, podNetwork, serviceNetwork]) {
    const routes = (await run('ip', ['-4', 'route', 'show', 'root', network])).trim();
    if (routes !== '') {
      throw new Error(
        `The network ${network} is in use on this machine, and the cluster needs it:\n${routes}`,
      );
    }
  }
}

/**
 * Where a container engine or a firewall drops forwarded packets, and bridged packets count as forwarded,
 * nodes would not reach each other. One rule for this bridge alone, taken away by `down`.
 */
async function letBridgedPacketsPass(journal: Journal): Promise<void> {
  const { code, stdout } = await tryRun('iptables', ['-w', '-S', 'FORWARD']);
  if (code !== 0 || !/^-P FORWARD DROP|-j (DROP|REJECT)/m.test(stdout)) return;
  const rule = ['FORWARD', '-i', bridge, '-o', bridge, '-j', 'ACCEPT'];
  journal.record({ kind: 'forward-rule', rule });
  await run('iptables', ['-w', '-I', ...rule]);
}

/** A node's network namespace with its cable to the bridge and its routes. */
export async function createNodeNetwork(
  node: NodeLayout,
  others: readonly NodeLayout[],
  journal: Journal,
): Promise<void> {
  if (!isNetnsDirMounted()) journal.record({ kind: 'netns-mount', path: netnsDir });
  journal.record({ kind: 'netns', name: node.netns });
  await run('ip', ['netns', 'add', node.netns]);
  journal.record({ kind: 'link', name: node.link });
  await run('ip', [
    ...['link', 'add', node.link, 'type', 'veth'],
    ...['peer', 'name', 'eth0', 'address', node.macAddress, 'netns', node.netns],
  ]);
  const inside = ['-n', node.netns];
  await run('ip', ['link', 'set', node.link, 'master', bridge, 'up']);
  await run('ip', [...inside, 'addr', 'add', `${node.address}/24`, 'dev', 'eth0']);
  await run('ip', [...inside, 'link', 'set', 'lo', 'up']);
  await run('ip', [...inside, 'link', 'set', 'eth0', 'up']);
  await runInNetns(node, 'sh', '-c', nodeSysctls);
  await setRoutes(node, others);
}

const nodeSysctls = [
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  // Answers between two pods of one node cross its bridge: they too must pass the rules of kube-proxy.
  'f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e "$f" ] || echo 1 > "$f"',
].join('\n');

/** Every route that the node and the host need for each other; may be repeated at any time. */
export async function setRoutes(node: NodeLayout, others: readonly NodeLayout[]): Promise<void> {
  const inside = ['-n', node.netns, 'route', 'replace'];
  for (const other of others) {
    if (other.number !== node.number) await run('ip', [...inside, other.podCidr, 'via', other.address]);
  }
  // A service address is never on the wire, but without a route to it no packet is made that could be rewritten.
  await run('ip', [...inside, serviceNetwork, 'via', hostAddress]);
  // There is no way out: say so at once instead of letting connections hang.
  await run('ip', [...inside, 'unreachable', 'default']);
  await run('ip', ['route', 'replace', node.podCidr, 'via', node.address]);
}

function isNetnsDirMounted(): boolean {
  return mountPoints().includes(netnsDir);
}

/** Where things are mounted, as this process sees it. */
export const mountPoints = (): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path !== '');

export const netnsNames = (): readonly string[] => (existsSync(netnsDir) ? readdirSync(netnsDir) : []);
