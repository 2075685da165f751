import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostAddress, type Layout, type NodeLayout } from '../native/layout.ts';
import { inNetns, netnsExists } from '../native/network.ts';
import { run } from '../process/run.ts';
import { apiServerEndpoint, type Endpoint } from './faults.ts';

export type OneWayCut = { readonly from: Endpoint; readonly to: Endpoint };

const table = 'inet stateful_faults';

/**
 * The rules of one node. What it sends to another node is dropped as it leaves, after all rewriting of service
 * addresses; what the API server's host sends is dropped as it arrives. The host's DNS stays reachable.
 */
export function renderRules(
  node: NodeLayout,
  cuts: readonly OneWayCut[],
  findNode: (name: string) => NodeLayout,
): string {
  const leaving = cuts
    .filter(({ from }) => from === node.name)
    .flatMap(({ to }) => {
      if (to === apiServerEndpoint) return [`ip daddr ${hostAddress} th dport != 53 drop`];
      const { address, podCidr } = findNode(to);
      return [`ip daddr { ${address}, ${podCidr} } drop`];
    });
  const arriving = cuts
    .filter(({ from, to }) => from === apiServerEndpoint && to === node.name)
    .map(() => `ip saddr ${hostAddress} th sport != 53 drop`);
  const onEth0 = (direction: 'iifname' | 'oifname', rules: readonly string[]): string =>
    rules.map((rule) => `    ${direction} "eth0" ${rule}\n`).join('');
  // Adding before deleting makes one script right whether or not the table exists; it is applied as a whole.
  const clear = `add table ${table}\ndelete table ${table}\n`;
  if (leaving.length + arriving.length === 0) return clear;
  return `${clear}table ${table} {
  chain leaving {
    type filter hook postrouting priority 300;
${onEth0('oifname', leaving)}  }
  chain arriving {
    type filter hook prerouting priority -310;
${onEth0('iifname', arriving)}  }
}
`;
}

const cutsFile = (layout: Layout): string => join(layout.dir, 'faults', 'one-way.json');

export function readCuts(layout: Layout): readonly OneWayCut[] {
  const path = cutsFile(layout);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as OneWayCut[]) : [];
}

/** Makes exactly these cuts hold. They are written down first, so that they can be healed by another process. */
export async function applyCuts(
  layout: Layout,
  nodes: readonly NodeLayout[],
  cuts: readonly OneWayCut[],
): Promise<void> {
  const path = cutsFile(layout);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(cuts));
  for (const node of nodes.filter(netnsExists)) await applyRules(node, nodes, cuts);
}

async function applyRules(
  node: NodeLayout,
  nodes: readonly NodeLayout[],
  cuts: readonly OneWayCut[],
): Promise<void> {
  const findNode = (name: string): NodeLayout => {
    const found = nodes.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`There is no node ${name}`);
    return found;
  };
  await run('nsenter', inNetns(node, 'nft', '-f', '-'), { input: renderRules(node, cuts, findNode) });
}
