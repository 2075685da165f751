import { existsSync } from 'node:fs';
import { Agent, request } from 'undici';
import { groupExists, killGroup, removeGroup } from '../native/cgroups.ts';
import { readClusterUser } from '../native/control-plane.ts';
import { type NodeLayout } from '../native/layout.ts';
import { linkExists, netnsPath } from '../native/network.ts';
import {
  findDaemon,
  missingNodeDaemons,
  startNodeAgents,
  startNodeRuntime,
  type NodeContext,
} from '../native/node.ts';
import { run } from '../process/run.ts';
import { waitUntil } from '../process/wait-until.ts';

/** A node without its namespaces is switched off; one that only lost its kubelet is not. */
export const isCrashed = ({ layout }: NodeContext, node: NodeLayout): boolean =>
  findDaemon(layout, `${node.name}-namespace`) === undefined;

/**
 * The cable goes first: a machine that loses power sends no farewell, but the kernel would send one for every
 * connection of a process that is killed.
 */
export async function crashNode({ cgroups }: NodeContext, node: NodeLayout): Promise<void> {
  if (linkExists(node.link)) await run('ip', ['link', 'set', node.link, 'down']);
  if (groupExists(cgroups, node.cgroup)) {
    await killGroup(cgroups, node.cgroup);
    await removeGroup(cgroups, node.cgroup);
  }
  if (linkExists(node.link)) await run('ip', ['link', 'del', node.link]);
  if (existsSync(netnsPath(node))) await run('ip', ['netns', 'del', node.netns]);
}

/** Removes what a half-done crash left, starts the node as `up` does and waits for its kubelet. */
export async function restartNode(context: NodeContext, node: NodeLayout): Promise<void> {
  await crashNode(context, node);
  await startNodeRuntime(context, node);
  startNodeAgents(context, node);
  await waitForKubelet(context, node);
}

async function waitForKubelet({ layout }: NodeContext, node: NodeLayout): Promise<void> {
  const { caPem, user } = readClusterUser(layout);
  const dispatcher = new Agent({ connect: { ca: caPem, cert: user.certPem, key: user.keyPem } });
  try {
    await waitUntil(
      async () => {
        const missing = missingNodeDaemons(layout, node);
        if (missing.length > 0) throw new Error(`${missing.join(' and ')} ended, see ${layout.logDir}`);
        const signal = AbortSignal.timeout(2_000);
        const url = `https://${node.address}:10250/healthz`;
        const response = await request(url, { dispatcher, signal }).catch(() => undefined);
        await response?.body.dump();
        return response?.statusCode === 200;
      },
      { what: `the kubelet of ${node.name} to answer`, timeoutMs: 60_000, intervalMs: 100 },
    );
  } finally {
    await dispatcher.close();
  }
}
