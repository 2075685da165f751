import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient, type ApiClient } from '../api/api-client.ts';
import { kubeBinary } from '../build/kube-binary.ts';
import { cacheDir } from '../cache-dir.ts';
import { startBound, type BoundProcess } from '../process/bound-process.ts';
import { waitUntil } from '../process/wait-until.ts';
import { silent, terminalLog, type Log } from '../progress.ts';
import { readAuditLog, renderAuditPolicy, type AuditEvent } from './audit.ts';
import { createCredentials } from './credentials.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './flags.ts';
import { freePort, loopbackAddress } from './loopback.ts';
import { createRunDir } from './run-dir.ts';

export type ControlPlaneOptions = {
  /** Folder for keys, data and logs; without it one in the cache that `stop` removes again. */
  readonly dir?: string;
  readonly log?: Log;
  /** Records every request, so that `auditEvents` can count them. */
  readonly auditLog?: boolean;
  /** Also kube-controller-manager: its controllers make pods, which nobody runs. */
  readonly controllers?: boolean;
  /** More flags for kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
  /** For each of etcd and kube-apiserver. Default 60 s. */
  readonly timeoutMs?: number;
};

export type ControlPlane = {
  /** A kubeconfig of a cluster administrator. */
  readonly kubeconfigPath: string;
  readonly server: string;
  readonly caPem: string;
  /** A script that is kubectl for this control plane. */
  readonly kubectlPath: string;
  /** Path of a kubeconfig for another user, for instance to test what a role allows. */
  readonly kubeconfigFor: (user: string, groups?: readonly string[]) => string;
  /** What was asked of the API server so far, oldest first; empty unless started with `auditLog`. */
  readonly auditEvents: () => readonly AuditEvent[];
  readonly stop: () => Promise<void>;
};

const serviceCidr = '10.0.0.0/24';

/**
 * etcd and kube-apiserver, nothing else: for tests that need a real API but no pods. They listen on loopback,
 * several may run side by side, and the kernel ends them together with this process. Pods can be created but
 * nobody runs them, and unless asked for no controller works (no garbage collection, no default service accounts).
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { log = silent, auditLog = false, timeoutMs = 60_000 } = options;
  const binary = await kubeBinary(options.log ?? terminalLog());
  const dir = options.dir ?? createRunDir(cacheDir('control-planes'));
  mkdirSync(dir, { recursive: true });
  const address = loopbackAddress(process.pid);
  const [clientPort, peerPort, port] = [
    await freePort(address),
    await freePort(address),
    await freePort(address),
  ];
  const server = `https://${address}:${port}`;
  const etcdUrl = `http://${address}:${clientPort}`;
  const running: BoundProcess[] = [];
  const start = (component: string, args: readonly string[]): BoundProcess => {
    const started = startBound({
      name: component,
      command: binary,
      args: [component, ...args],
      logFile: join(dir, `${component}.log`),
    });
    running.push(started);
    return started;
  };
  let client: ApiClient | undefined;
  const stop = async (): Promise<void> => {
    await client?.close();
    await Promise.all(running.map((process) => process.stop()));
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };

  try {
    log(`starting etcd and kube-apiserver in ${dir}`);
    const etcd = start(
      'etcd',
      etcdFlags({ dataDir: join(dir, 'etcd'), clientUrl: etcdUrl, peerUrl: `http://${address}:${peerPort}` }),
    );
    const credentials = createCredentials({
      dir: join(dir, 'pki'),
      clusterName: 'control-plane',
      server,
      serverHosts: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        address,
        '10.0.0.1',
      ],
    });
    const audit = { policy: join(dir, 'audit-policy.yaml'), log: join(dir, 'audit.log') };
    writeFileSync(audit.policy, renderAuditPolicy({ reads: true }));
    await waitForAnswer(etcd, () => isEtcdHealthy(etcdUrl), timeoutMs);

    const apiServer = start(
      'kube-apiserver',
      apiServerFlags({
        etcdUrl,
        address,
        port,
        serviceCidr,
        pki: credentials.files,
        ...(auditLog ? { audit } : {}),
        // Nobody creates service accounts here: pods without one must be let in.
        extra: ['--disable-admission-plugins=ServiceAccount', ...(options.apiServerFlags ?? [])],
      }),
    );
    const caPem = credentials.authority.certPem;
    const api = createApiClient({ server, caPem, user: credentials.admin });
    client = api;
    await waitForAnswer(apiServer, () => isApiReady(api), timeoutMs);
    log(`kube-apiserver is ready at ${server}`);
    if (options.controllers) {
      const port = await freePort(address);
      start('kube-controller-manager', controllerManagerFlags({ pki: credentials.files, address, port }));
    }

    const kubeconfigPath = credentials.files.kubeconfig('admin');
    return {
      kubeconfigPath,
      server,
      caPem,
      kubectlPath: writeKubectl(dir, binary, kubeconfigPath),
      kubeconfigFor: (user, groups = []) => {
        const name = `user-${user.replaceAll(/[^A-Za-z0-9.-]/g, '_')}`;
        credentials.addUser(name, user, groups);
        return credentials.files.kubeconfig(name);
      },
      auditEvents: () => readAuditLog(audit.log),
      stop,
    };
  } catch (error) {
    const logs = running.map((process) => process.tail()).join('\n');
    await stop();
    throw new Error(`The control plane did not start: ${(error as Error).message}\n${logs}`, {
      cause: error,
    });
  }
}

/** Writes a script that is kubectl with the given kubeconfig, and returns its path. */
export function writeKubectl(dir: string, binary: string, kubeconfigPath: string): string {
  const path = join(dir, 'kubectl');
  writeFileSync(
    path,
    `#!/bin/sh\nKUBECONFIG="\${KUBECONFIG:-${kubeconfigPath}}" exec '${binary}' kubectl "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

async function waitForAnswer(
  process: BoundProcess,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  await waitUntil(
    async () => {
      const ended = process.exit();
      if (ended !== undefined) throw new Error(`${process.name} ended (${ended})`);
      return ready();
    },
    { what: `${process.name} to be ready`, timeoutMs },
  );
}

async function isEtcdHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  );
  return response?.ok === true;
}

/** Ready by its own account, and past the first work that tests would otherwise run into. */
export async function isApiReady(api: ApiClient): Promise<boolean> {
  for (const path of ['/readyz', '/api/v1/namespaces/default', '/api/v1/namespaces/kube-system']) {
    const response = await api.call('GET', path, { timeoutMs: 2_000 }).catch(() => undefined);
    if (response?.status !== 200) return false;
  }
  return true;
}
