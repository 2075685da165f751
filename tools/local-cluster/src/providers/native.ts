import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient } from '../api/api-client.ts';
import { type Cluster } from '../cluster.ts';
import { collectLogs } from '../collect-logs.ts';
import { readAuditLog } from '../control-plane/audit.ts';
import { createNativeFaults } from '../faults/native-faults.ts';
import { describeFaults } from '../faults/active.ts';
import { detectCgroups } from '../native/cgroups.ts';
import { readClusterUser } from '../native/control-plane.ts';
import { nativeEtcd } from '../native/etcd.ts';
import { loadImages } from '../native/images.ts';
import { openJournal } from '../native/journal.ts';
import { clusterLayout, nodesOf, server, type Layout } from '../native/layout.ts';
import { describeLeftovers, findLeftovers, isClean } from '../native/leftovers.ts';
import {
  missingDaemons,
  nativeDown,
  nativeUp,
  nodeReadiness,
  readRecord,
  type ClusterRecord,
} from '../native/native-cluster.ts';
import { type NodeContext } from '../native/node.ts';
import { createKubectl } from '../process/kubectl.ts';
import { type Log } from '../progress.ts';
import { type Provider } from './provider.ts';

/** Real Kubernetes components as processes of this machine; each node is a network namespace. */
export const nativeProvider: Provider = {
  name: 'native',
  up: async ({ name, nodes, log }) => {
    const layout = clusterLayout(name);
    return toCluster(layout, await nativeUp(layout, nodes, log), log);
  },
  open: ({ name, log }) => {
    const layout = clusterLayout(name);
    const record = readRecord(layout);
    return Promise.resolve(record === undefined ? undefined : toCluster(layout, record, log));
  },
  down: ({ name, log }) => nativeDown(clusterLayout(name), log),
  status: ({ name }) => describeStatus(clusterLayout(name)),
};

const contextOf = (layout: Layout, { nodeCount, kube }: ClusterRecord): NodeContext => ({
  layout,
  cgroups: detectCgroups(),
  journal: openJournal(layout.journal),
  kube,
  nodeCount,
});

function toCluster(layout: Layout, record: ClusterRecord, log: Log): Cluster {
  const nodes = nodesOf(layout, record.nodeCount);
  const kubeconfigPath = layout.kubeconfig;
  const command = [record.kube, 'kubectl'];
  return {
    name: layout.name,
    provider: 'native',
    kubeconfigPath,
    nodes: nodes.map(({ name }) => name),
    kubectl: createKubectl(command, kubeconfigPath),
    load: (archives) => loadImages(layout, nodes, archives, log),
    faults: createNativeFaults(contextOf(layout, record)),
    etcd: nativeEtcd(contextOf(layout, record)),
    auditEvents: () => readAuditLog(layout.auditLog),
    logs: async (dir) => {
      mkdirSync(dir, { recursive: true });
      if (existsSync(layout.logDir)) cpSync(layout.logDir, join(dir, 'components'), { recursive: true });
      await collectLogs({ dir, command, kubeconfigPath });
    },
    down: () => nativeDown(layout, log),
  };
}

async function describeStatus(layout: Layout): Promise<readonly string[]> {
  const record = readRecord(layout);
  const cgroups = detectCgroups();
  if (record === undefined) {
    const found = findLeftovers(layout, cgroups);
    return isClean(found)
      ? [`The cluster ${layout.name} is down.`]
      : [`The cluster ${layout.name} is not up, but left ${describeLeftovers(found)}: run down or up.`];
  }
  const missing = missingDaemons(layout, record.nodeCount);
  const faults = describeFaults(contextOf(layout, record));
  return [
    `The cluster ${layout.name} is up since ${record.startedAt} (native, ${record.nodeCount} nodes).`,
    `API server:  ${server}`,
    `Kubeconfig:  ${layout.kubeconfig}`,
    `Nodes:       ${await readinessLine(layout)}`,
    ...(missing.length === 0 ? [] : [`Not running: ${missing.join(', ')}`]),
    ...faults.map((fault) => `Fault:       ${fault}`),
  ];
}

async function readinessLine(layout: Layout): Promise<string> {
  const api = createApiClient({ server, ...readClusterUser(layout) });
  try {
    const readiness = await nodeReadiness(api);
    return [...readiness].map(([name, ready]) => `${name} ${ready ? 'Ready' : 'NOT READY'}`).join(', ');
  } catch (error) {
    return `unknown, the API server does not answer (${(error as Error).message})`;
  } finally {
    await api.close();
  }
}
