import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { createApiClient, type ApiClient } from '../api/api-client.ts';
import { renderAuditPolicy } from '../control-plane/audit.ts';
import { createCredentials, pkiFiles, type Credentials } from '../control-plane/credentials.ts';
import { apiServerFlags, etcdFlags } from '../control-plane/flags.ts';
import { isApiReady } from '../control-plane/start-control-plane.ts';
import { type Certificate } from '../pki/authority.ts';
import { waitUntil } from '../process/wait-until.ts';
import { createGroup } from './cgroups.ts';
import {
  clusterApiServerFlags,
  controllerManagerFlags,
  dnsReadyUrl,
  renderCorefile,
  schedulerFlags,
} from './control-plane-config.ts';
import { assertAlive, daemonTail, startDaemon, type Daemon } from './daemon.ts';
import {
  apiPort,
  clusterDomain,
  firstServiceAddress,
  hostAddress,
  nodesOf,
  server,
  serviceNetwork,
  type Layout,
} from './layout.ts';
import { initialManifests } from './manifests.ts';
import { type NodeContext } from './node.ts';

/** On the bridge, so that pods reach it: with a certificate of the cluster's authority. */
export const etcdUrl = `https://${hostAddress}:32379`;
const etcdPeerUrl = 'http://127.0.0.1:32380';
const etcdMetricsUrl = 'http://127.0.0.1:32381';
export const etcdDataDir = (layout: Layout): string => join(layout.dir, 'etcd');

export const controlPlaneDaemons = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'coredns',
  'volume-provisioner',
] as const;
type Component = (typeof controlPlaneDaemons)[number];

/** Keys and kubeconfigs of everyone in the cluster, and the administrator's kubeconfig in its place. */
export function createClusterCredentials(layout: Layout, nodeCount: number): Credentials {
  const credentials = createCredentials({
    dir: layout.pkiDir,
    clusterName: `local-cluster-${layout.name}`,
    server,
    serverHosts: [
      ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      `kubernetes.default.svc.${clusterDomain}`,
      ...['127.0.0.1', hostAddress, firstServiceAddress],
    ],
  });
  for (const component of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy'] as const) {
    credentials.addUser(component, `system:${component}`);
  }
  credentials.addServer('etcd', 'etcd', [], [hostAddress, 'etcd']);
  credentials.addUser('etcd-client', 'etcd-client');
  credentials.addUser('coredns', 'system:coredns');
  credentials.addUser('volume-provisioner', 'system:volume-provisioner');
  for (const { name, address } of nodesOf(layout, nodeCount)) {
    credentials.addServer(name, `system:node:${name}`, ['system:nodes'], [name, address]);
  }
  copyFileSync(credentials.files.kubeconfig('admin'), layout.kubeconfig);
  chmodSync(layout.kubeconfig, 0o600);
  return credentials;
}

/** etcd and the API server; returns a client of the latter once it answers. */
export async function startApiServer(context: NodeContext, credentials: Credentials): Promise<ApiClient> {
  const { layout, cgroups } = context;
  createGroup(cgroups, layout.controlPlaneCgroup);
  mkdirSync(layout.logDir, { recursive: true });
  writeFileSync(layout.auditPolicy, renderAuditPolicy({ reads: false }));
  await startEtcdServer(context);
  const pki = credentials.files;
  const apiServer = startComponent(
    context,
    'kube-apiserver',
    apiServerFlags({
      etcdUrl,
      address: hostAddress,
      port: apiPort,
      serviceCidr: serviceNetwork,
      pki,
      audit: { policy: layout.auditPolicy, log: layout.auditLog },
      extra: clusterApiServerFlags(pki),
    }),
  );
  const api = createApiClient({ server, caPem: credentials.authority.certPem, user: credentials.admin });
  await waitForComponent(apiServer, () => isApiReady(api));
  return api;
}

/** etcd over what its data directory holds; returns once it serves. */
export async function startEtcdServer(context: NodeContext): Promise<void> {
  const { layout } = context;
  const pki = pkiFiles(layout.pkiDir);
  const etcd = startComponent(
    context,
    'etcd',
    etcdFlags({
      dataDir: etcdDataDir(layout),
      clientUrl: etcdUrl,
      peerUrl: etcdPeerUrl,
      tls: { ca: pki.ca, cert: pki.cert('etcd'), key: pki.key('etcd') },
      metricsUrl: etcdMetricsUrl,
    }),
  );
  await waitForComponent(etcd, () => answers(`${etcdMetricsUrl}/health`));
}

/** Everything of the control plane that needs an API server, and the objects that a new cluster holds. */
export async function startControllers(
  context: NodeContext,
  credentials: Credentials,
  api: ApiClient,
): Promise<Daemon> {
  const pki = credentials.files;
  startComponent(context, 'kube-controller-manager', controllerManagerFlags(pki));
  startComponent(context, 'kube-scheduler', schedulerFlags(pki));
  for (const { path, object } of initialManifests()) await api.apply(path, object);
  mkdirSync(context.layout.volumesDir, { recursive: true });
  startComponent(context, 'volume-provisioner', [
    `--kubeconfig=${pki.kubeconfig('volume-provisioner')}`,
    `--dir=${context.layout.volumesDir}`,
  ]);
  const corefile = join(context.layout.dir, 'Corefile');
  writeFileSync(corefile, renderCorefile(pki));
  return startComponent(context, 'coredns', ['-conf', corefile]);
}

/** CoreDNS has read the API and answers the question that every client asks first. */
export async function waitForDns(coredns: Daemon): Promise<void> {
  await waitForComponent(coredns, () => answers(dnsReadyUrl));
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([hostAddress]);
  await waitForComponent(coredns, async () => {
    const name = `kubernetes.default.svc.${clusterDomain}`;
    const found = await resolver.resolve4(name).catch((): string[] => []);
    return found.includes(firstServiceAddress);
  });
}

function startComponent(context: NodeContext, component: Component, args: readonly string[]): Daemon {
  const { layout, cgroups, journal, kube } = context;
  const command = [kube, component, ...args];
  return startDaemon({
    layout,
    cgroups,
    journal,
    name: component,
    cgroup: layout.controlPlaneCgroup,
    command,
  });
}

async function waitForComponent(daemon: Daemon, ready: () => Promise<boolean>): Promise<void> {
  await waitUntil(
    () => {
      assertAlive(daemon);
      return ready();
    },
    { what: `${daemon.name} to be ready`, timeoutMs: 60_000, detail: () => daemonTail(daemon.logFile) },
  );
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return response?.ok === true;
}

/** The administrator of a cluster that is up, from its files. */
export function readClusterUser(layout: Layout): { readonly caPem: string; readonly user: Certificate } {
  const files = pkiFiles(layout.pkiDir);
  const read = (path: string): string => readFileSync(path, 'utf8');
  return {
    caPem: read(files.ca),
    user: { certPem: read(files.cert('admin')), keyPem: read(files.key('admin')) },
  };
}
