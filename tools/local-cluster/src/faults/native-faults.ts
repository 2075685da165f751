import { createFreezer } from './freeze.ts';
import { killProcess } from './kill-process.ts';
import { clearDelay, setDelay } from './delay.ts';
import { apiServerEndpoint, type Endpoint, type Faults } from './faults.ts';
import { applyCuts, readCuts, type OneWayCut } from './one-way.ts';
import { crashNode, isCrashed, restartNode } from './power.ts';
import { nodesOf, type NodeLayout } from '../native/layout.ts';
import { netnsExists, setRoutes } from '../native/network.ts';
import { type NodeContext } from '../native/node.ts';
import { run } from '../process/run.ts';

/** Faults of a native cluster, caused in the kernel of this machine. State is kept there or on disk, never here. */
export function createNativeFaults(context: NodeContext): Faults {
  const { layout, nodeCount } = context;
  const nodes = nodesOf(layout, nodeCount);
  const find = (name: string): NodeLayout => {
    const found = nodes.find((node) => node.name === name);
    if (found !== undefined) return found;
    throw new Error(`There is no node "${name}"; the nodes are ${nodes.map((node) => node.name).join(', ')}`);
  };
  const running = (name: string): NodeLayout => {
    const node = find(name);
    if (isCrashed(context, node)) throw new Error(`${name} has crashed: restart it first`);
    return node;
  };
  const setLink = (node: NodeLayout, state: 'up' | 'down'): Promise<string> =>
    run('ip', ['link', 'set', node.link, state]);
  const plugIn = async (node: NodeLayout): Promise<void> => {
    await setLink(node, 'up');
    await setRoutes(node, nodes);
  };
  const checkEndpoint = (endpoint: Endpoint): Endpoint =>
    endpoint === apiServerEndpoint ? endpoint : find(endpoint).name;
  const withoutCut = (from: Endpoint, to: Endpoint): readonly OneWayCut[] =>
    readCuts(layout).filter((cut) => cut.from !== from || cut.to !== to);
  const freezer = createFreezer(context.cgroups, nodes);

  return {
    cut: async (name) => {
      await setLink(running(name), 'down');
    },
    heal: async (name) => {
      const node = running(name);
      await plugIn(node);
      await clearDelay(context, node);
      const others = readCuts(layout).filter(({ from, to }) => from !== name && to !== name);
      await applyCuts(layout, nodes, others);
    },
    oneWayCut: async (from, to) => {
      if (checkEndpoint(from) === checkEndpoint(to)) throw new Error(`${from} cannot be cut off from itself`);
      await applyCuts(layout, nodes, [...withoutCut(from, to), { from, to }]);
    },
    healOneWay: (from, to) => applyCuts(layout, nodes, withoutCut(from, to)),
    delay: (name, milliseconds, jitter = 0) => setDelay(context, running(name), milliseconds, jitter),
    crash: (name) => crashNode(context, find(name)),
    restart: async (name) => {
      const node = find(name);
      if (!isCrashed(context, node)) throw new Error(`${name} is running: there is nothing to restart`);
      await restartNode(context, node);
      await applyCuts(layout, nodes, readCuts(layout));
    },
    freeze: (name) => freezer.setNode(running(name), true),
    thaw: (name) => freezer.setNode(find(name), false),
    freezePod: (uid) => freezer.setPod(uid, true),
    thawPod: (uid) => freezer.setPod(uid, false),
    killProcess: (target) => killProcess(context, nodes, target),
    healAll: async () => {
      for (const node of nodes.filter((candidate) => isCrashed(context, candidate))) {
        await restartNode(context, node);
      }
      await applyCuts(layout, nodes, []);
      for (const node of nodes.filter(netnsExists)) {
        await freezer.thawAll(node);
        await clearDelay(context, node);
        await plugIn(node);
      }
    },
  };
}
