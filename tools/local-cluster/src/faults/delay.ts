import { type NodeLayout } from '../native/layout.ts';
import { inNetns } from '../native/network.ts';
import { type NodeContext } from '../native/node.ts';
import { tryRun } from '../process/run.ts';

const tc = (node: NodeLayout, ...args: readonly string[]) => tryRun('nsenter', inNetns(node, 'tc', ...args));

/** Delays what leaves the node. Needs the kernel's network emulator. */
export async function setDelay(
  context: NodeContext,
  node: NodeLayout,
  milliseconds: number,
  jitter: number,
): Promise<void> {
  if (milliseconds < 0 || jitter < 0 || jitter > milliseconds) {
    throw new Error(`A delay of ${milliseconds} ms with a jitter of ${jitter} ms is not possible`);
  }
  await clearDelay(context, node);
  if (milliseconds === 0) return;
  const variation = jitter === 0 ? [] : [`${jitter}ms`];
  const emulator = ['netem', 'delay', `${milliseconds}ms`, ...variation, 'limit', '100000'];
  const { code, stderr } = await tc(node, 'qdisc', 'replace', 'dev', 'eth0', 'root', ...emulator);
  if (code === 0) return;
  throw new Error(`This kernel cannot delay packets (sch_netem is missing): ${stderr.trim()}`);
}

export async function clearDelay(_context: NodeContext, node: NodeLayout): Promise<void> {
  // There is nothing to delete when there is no delay, which tc calls an error.
  await tc(node, 'qdisc', 'del', 'dev', 'eth0', 'root');
}
