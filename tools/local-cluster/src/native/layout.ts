import { join } from 'node:path';
import { cacheDir } from '../cache-dir.ts';

/** Addresses. They are fixed, so a machine can hold one native cluster at a time. */
export const bridge = 'kbr0';
export const hostAddress = '10.30.0.1';
export const nodeNetwork = '10.30.0.0/24';
export const podNetwork = '10.31.0.0/16';
export const serviceNetwork = '10.32.0.0/16';
export const firstServiceAddress = '10.32.0.1';
export const dnsServiceAddress = '10.32.0.10';
export const apiPort = 6443;
export const clusterDomain = 'cluster.local';
export const server = `https://${hostAddress}:${apiPort}`;

/** More would not fit into the memory of one machine anyway. */
export const mostNodes = 20;

/** What the control groups of all clusters begin with. */
export const cgroupPrefix = 'stateful-';

export type NodeLayout = {
  /** Name of the Kubernetes node. */
  readonly name: string;
  /** From 1 on. */
  readonly number: number;
  readonly address: string;
  readonly podCidr: string;
  readonly macAddress: string;
  /** Name of the network namespace, as `ip netns` shows it. */
  readonly netns: string;
  /** The host's end of the node's cable. */
  readonly link: string;
  /** Path of the control group below each hierarchy, as the kubelet wants it: with a slash in front. */
  readonly cgroup: string;
  /** Everything on the node's disks. */
  readonly dir: string;
};

export type Layout = {
  readonly name: string;
  readonly dir: string;
  readonly cgroup: string;
  readonly controlPlaneCgroup: string;
  readonly netnsPrefix: string;
  /** Written on the bridge, so that another cluster's is not taken for ours. */
  readonly linkAlias: string;
  readonly logDir: string;
  readonly pkiDir: string;
  readonly volumesDir: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly journal: string;
  readonly record: string;
  readonly kubeconfig: string;
  readonly node: (number: number) => NodeLayout;
};

const validName = /^[a-z][a-z0-9-]{0,30}$/;

/** Where everything of a cluster is, from its name alone. */
export function clusterLayout(name: string, base: string = cacheDir('cluster')): Layout {
  if (!validName.test(name)) {
    throw new Error(
      `"${name}" cannot name a cluster: use up to 31 lower-case letters, digits and dashes, a letter first`,
    );
  }
  const dir = join(base, name);
  const cgroup = `/${cgroupPrefix}${name}`;
  const netnsPrefix = `stateful-${name}-`;
  return {
    name,
    dir,
    cgroup,
    controlPlaneCgroup: `${cgroup}/control-plane`,
    netnsPrefix,
    linkAlias: `stateful-cluster:${name}`,
    logDir: join(dir, 'log'),
    pkiDir: join(dir, 'pki'),
    volumesDir: join(dir, 'volumes'),
    auditPolicy: join(dir, 'audit-policy.yaml'),
    auditLog: join(dir, 'log', 'audit.log'),
    journal: join(dir, 'journal.jsonl'),
    record: join(dir, 'cluster.json'),
    kubeconfig: join(dir, 'kubeconfig'),
    node: (number) => {
      if (!Number.isInteger(number) || number < 1 || number > mostNodes) {
        throw new Error(`A cluster has nodes 1 to ${mostNodes}; there is no node ${number}`);
      }
      const nodeName = `node${number}`;
      return {
        name: nodeName,
        number,
        address: `10.30.0.${10 + number}`,
        podCidr: `10.31.${number}.0/24`,
        macAddress: `02:1e:00:00:00:${(10 + number).toString(16).padStart(2, '0')}`,
        netns: `${netnsPrefix}${nodeName}`,
        link: `${bridge}-${number}`,
        cgroup: `${cgroup}/${nodeName}`,
        dir: join(dir, 'nodes', nodeName),
      };
    },
  };
}

export const nodesOf = (layout: Layout, count: number): readonly NodeLayout[] =>
  Array.from({ length: count }, (_, index) => layout.node(index + 1));
