import { join } from 'node:path';
import { goBuild } from '../build/go-build.ts';
import { startDaemon, daemonTail, assertAlive } from '../native/daemon.ts';
import { type Layout, type NodeLayout } from '../native/layout.ts';
import { inNetns } from '../native/network.ts';
import { findDaemon, systemGroup, type NodeContext } from '../native/node.ts';
import { isAlive } from '../process/identity.ts';
import { run, tryRun, type RunResult } from '../process/run.ts';
import { waitUntil } from '../process/wait-until.ts';
import { terminalLog } from '../progress.ts';

/**
 * Delays what leaves the node: by the kernel's network emulator where there is one, else by a program that
 * holds packets of a netfilter queue back.
 */
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
  const { code } = await inside(node, 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...emulator);
  if (code !== 0) await startQueue(context, node, milliseconds, jitter);
}

export async function clearDelay({ layout }: NodeContext, node: NodeLayout): Promise<void> {
  // Where there is no delay, there is nothing to delete, which tc and iptables call an error.
  await inside(node, 'tc', 'qdisc', 'del', 'dev', 'eth0', 'root');
  await inside(node, 'iptables', '-w', '-t', 'mangle', '-D', ...queueRule);
  const queue = findDaemon(layout, daemonName(node));
  if (queue === undefined) return;
  process.kill(queue.pid, 'SIGTERM');
  await waitUntil(() => !isAlive(queue), { what: `the delay of ${node.name} to end`, timeoutMs: 5_000 });
}

/** Whether packets are held back by a program; the emulator does not show here. */
export const isQueueDelayed = (layout: Layout, node: NodeLayout): boolean =>
  findDaemon(layout, daemonName(node)) !== undefined;

const queueNumber = '87';
// Should the program end, packets pass as if there were no rule.
const queueRule = [
  ...['POSTROUTING', '-o', 'eth0', '-j', 'NFQUEUE'],
  ...['--queue-num', queueNumber, '--queue-bypass'],
];
const daemonName = (node: NodeLayout): string => `${node.name}-delay`;

const inside = (node: NodeLayout, ...command: readonly string[]): Promise<RunResult> =>
  tryRun('nsenter', inNetns(node, ...command));

async function startQueue(
  context: NodeContext,
  node: NodeLayout,
  milliseconds: number,
  jitter: number,
): Promise<void> {
  const { layout, cgroups, journal } = context;
  const source = join(import.meta.dirname, '../../delay');
  const program = await goBuild({ name: 'delay', source, ldflags: '-s -w' }, terminalLog());
  const flags = [`--queue=${queueNumber}`, `--delay=${milliseconds}ms`, `--jitter=${jitter}ms`];
  const daemon = startDaemon({
    layout,
    cgroups,
    journal,
    name: daemonName(node),
    cgroup: systemGroup(node),
    command: ['nsenter', ...inNetns(node, program, ...flags)],
  });
  await waitUntil(
    async () => {
      assertAlive(daemon);
      const { stdout } = await inside(node, 'cat', '/proc/net/netfilter/nfnetlink_queue');
      return new RegExp(`^\\s*${queueNumber}\\s`, 'm').test(stdout);
    },
    { what: `the delay of ${node.name}`, timeoutMs: 10_000, detail: () => daemonTail(daemon.logFile) },
  );
  await run('nsenter', inNetns(node, 'iptables', '-w', '-t', 'mangle', '-A', ...queueRule));
}
