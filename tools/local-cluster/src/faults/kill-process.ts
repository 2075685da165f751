import { createApiClient } from '../api/api-client.ts';
import { findPodGroup, processesIn } from '../native/cgroups.ts';
import { readClusterUser } from '../native/control-plane.ts';
import { server, type NodeLayout } from '../native/layout.ts';
import { type NodeContext } from '../native/node.ts';
import { readProc } from '../process/identity.ts';
import { type ProcessInPod } from './faults.ts';

export type ProcessEntry = { readonly pid: number; readonly parent: number; readonly name: string };

/** Processes of this name whose parent does not bear it: of a server and its workers, the server. */
export function topmost(processes: readonly ProcessEntry[], name: string): readonly number[] {
  const named = processes.filter((entry) => entry.name === name);
  const pids = new Set(named.map(({ pid }) => pid));
  return named.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid);
}

export async function killProcess(
  context: NodeContext,
  nodes: readonly NodeLayout[],
  { namespace = 'default', pod, process: name, signal = 'SIGKILL' }: ProcessInPod,
): Promise<readonly number[]> {
  const { uid, nodeName } = await findPod(context, namespace, pod);
  const node = nodes.find((candidate) => candidate.name === nodeName);
  const group = node === undefined ? undefined : findPodGroup(context.cgroups, node.cgroup, uid);
  if (group === undefined) throw new Error(`Pod ${namespace}/${pod} does not run`);
  const processes = processesIn(context.cgroups, group).flatMap(describeProcess);
  const targets = topmost(processes, name);
  if (targets.length === 0) {
    const names = [...new Set(processes.map((entry) => entry.name))].join(', ');
    throw new Error(`Pod ${namespace}/${pod} has no process "${name}"; it has ${names}`);
  }
  for (const pid of targets) process.kill(pid, signal);
  return targets;
}

function describeProcess(pid: number): readonly ProcessEntry[] {
  const status = readProc(pid, 'status');
  const name = status === undefined ? undefined : /^Name:\t(.*)$/m.exec(status)?.[1];
  const parent = status === undefined ? undefined : /^PPid:\t(\d+)$/m.exec(status)?.[1];
  return name === undefined || parent === undefined ? [] : [{ pid, name, parent: Number(parent) }];
}

async function findPod(
  { layout }: NodeContext,
  namespace: string,
  pod: string,
): Promise<{ readonly uid: string; readonly nodeName: string }> {
  const api = createApiClient({ server, ...readClusterUser(layout) });
  try {
    const found = await api.get<{
      readonly metadata: { readonly uid: string };
      readonly spec: { readonly nodeName?: string };
    }>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`);
    if (found.spec.nodeName === undefined) throw new Error(`Pod ${namespace}/${pod} has no node yet`);
    return { uid: found.metadata.uid, nodeName: found.spec.nodeName };
  } finally {
    await api.close();
  }
}
