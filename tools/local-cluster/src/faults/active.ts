import { existsSync, readFileSync } from 'node:fs';
import { nodesOf } from '../native/layout.ts';
import { type NodeContext } from '../native/node.ts';
import { isQueueDelayed } from './delay.ts';
import { isNodeFrozen } from './freeze.ts';
import { readCuts } from './one-way.ts';
import { isCrashed } from './power.ts';

/** The faults in force, one line each, as the kernel and the disk tell them. */
export function describeFaults(context: NodeContext): readonly string[] {
  const { layout, cgroups, nodeCount } = context;
  const perNode = nodesOf(layout, nodeCount).flatMap((node) => {
    if (isCrashed(context, node)) return [`${node.name} has crashed`];
    return [
      ...(isLinkUp(node.link) ? [] : [`${node.name} is cut off`]),
      ...(isQueueDelayed(layout, node) ? [`what leaves ${node.name} is delayed`] : []),
      ...(isNodeFrozen(cgroups, node) ? [`${node.name} is frozen`] : []),
    ];
  });
  return [...perNode, ...readCuts(layout).map(({ from, to }) => `nothing gets from ${from} to ${to}`)];
}

function isLinkUp(link: string): boolean {
  const path = `/sys/class/net/${link}/flags`;
  return existsSync(path) && (Number(readFileSync(path, 'utf8')) & 1) === 1;
}
