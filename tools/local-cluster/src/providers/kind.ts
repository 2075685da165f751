import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cacheDir } from '../cache-dir.ts';
import { type Cluster } from '../cluster.ts';
import { collectLogs } from '../collect-logs.ts';
import { unsupportedFaults } from '../faults/faults.ts';
import { onPath } from '../native/packages.ts';
import { createKubectl } from '../process/kubectl.ts';
import { run, tryRun } from '../process/run.ts';
import { step, type Log } from '../progress.ts';
import { type Provider } from './provider.ts';

const slowMs = 600_000;

/** Kubernetes in Docker: each node is a container. For machines without root or without Linux. */
export const kindProvider: Provider = {
  name: 'kind',
  up: async ({ name, nodes, log }) => {
    await requireDocker();
    const existing = await openKind(name, log);
    if (existing !== undefined) {
      if (existing.nodes.length !== nodes) {
        throw new Error(
          `The cluster ${name} is up with ${existing.nodes.length} nodes, not ${nodes}: take it down first`,
        );
      }
      log(`the cluster ${name} is already up with ${nodes} nodes`);
      return existing;
    }
    const { dir, config, kubeconfig } = kindFiles(name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(config, renderKindConfig(nodes));
    await step(log, `kind: ${nodes} nodes`, () =>
      run(
        'kind',
        [
          'create',
          'cluster',
          ...kindName(name),
          '--config',
          config,
          '--kubeconfig',
          kubeconfig,
          '--wait',
          '180s',
        ],
        {
          timeoutMs: slowMs,
        },
      ),
    );
    const cluster = await openKind(name, log);
    if (cluster === undefined) throw new Error(`kind created the cluster ${name} but does not list it`);
    return cluster;
  },
  open: async ({ name, log }) => (onPath('kind') && onPath('docker') ? openKind(name, log) : undefined),
  down: async ({ name, log }) => {
    await requireDocker();
    await deleteKind(name, log);
  },
  status: async ({ name, log }) => {
    await requireDocker();
    const cluster = await openKind(name, log);
    if (cluster === undefined) return [`The cluster ${name} is down.`];
    return [
      `The cluster ${name} is up (kind).`,
      `Kubeconfig:  ${cluster.kubeconfigPath}`,
      await cluster.kubectl('get', 'nodes'),
    ];
  },
};

const kindName = (name: string): readonly string[] => ['--name', `stateful-${name}`];

function kindFiles(name: string) {
  const dir = cacheDir('cluster', `kind-${name}`);
  return { dir, config: join(dir, 'kind.yaml'), kubeconfig: join(dir, 'kubeconfig') };
}

/** One control plane that also takes pods, and workers for the rest. */
export function renderKindConfig(nodes: number): string {
  const workers = Array.from({ length: nodes - 1 }, () => ({ role: 'worker' }));
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane' }, ...workers],
  });
}

async function requireDocker(): Promise<void> {
  for (const program of ['docker', 'kind', 'kubectl']) {
    if (!onPath(program)) throw new Error(`The provider "kind" needs ${program}, which is not installed`);
  }
  const { code, stderr } = await tryRun('docker', ['info', '--format', '{{.ServerVersion}}'], {
    timeoutMs: 20_000,
  });
  if (code !== 0) throw new Error(`The provider "kind" needs a running Docker: ${stderr.trim()}`);
}

async function openKind(name: string, log: Log): Promise<Cluster | undefined> {
  const { dir, kubeconfig } = kindFiles(name);
  const clusters = (await run('kind', ['get', 'clusters'])).split('\n');
  if (!clusters.includes(`stateful-${name}`)) return undefined;
  if (!existsSync(kubeconfig)) {
    mkdirSync(dir, { recursive: true });
    await run('kind', ['export', 'kubeconfig', ...kindName(name), '--kubeconfig', kubeconfig]);
  }
  const nodes = (await run('kind', ['get', 'nodes', ...kindName(name)])).split('\n').filter(Boolean).sort();
  return {
    name,
    provider: 'kind',
    kubeconfigPath: kubeconfig,
    nodes,
    kubectl: createKubectl(['kubectl'], kubeconfig),
    load: async (archives) => {
      const names: string[] = [];
      for (const archive of archives) {
        await step(log, `loading ${archive}`, () =>
          run('kind', ['load', 'image-archive', archive, ...kindName(name)], { timeoutMs: slowMs }),
        );
        names.push(archive);
      }
      return names;
    },
    faults: unsupportedFaults('kind'),
    auditEvents: () => [],
    logs: async (target) => {
      await collectLogs({ dir: target, command: ['kubectl'], kubeconfigPath: kubeconfig, timeoutMs: 50_000 });
      await tryRun('kind', ['export', 'logs', join(target, 'components'), ...kindName(name)], {
        timeoutMs: 30_000,
      }).catch(() => undefined);
    },
    down: () => deleteKind(name, log),
  };
}

async function deleteKind(name: string, log: Log): Promise<void> {
  const { dir, kubeconfig } = kindFiles(name);
  await step(log, `deleting the cluster ${name}`, () =>
    run('kind', ['delete', 'cluster', ...kindName(name), '--kubeconfig', kubeconfig], { timeoutMs: slowMs }),
  );
  rmSync(dir, { recursive: true, force: true });
}
