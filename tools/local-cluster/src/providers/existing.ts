import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { kubeBinary } from '../build/kube-binary.ts';
import { type Cluster } from '../cluster.ts';
import { collectLogs } from '../collect-logs.ts';
import { unsupportedFaults } from '../faults/faults.ts';
import { onPath } from '../native/packages.ts';
import { createKubectl } from '../process/kubectl.ts';
import { type Log } from '../progress.ts';
import { type Provider } from './provider.ts';

/** A cluster that somebody else runs, given by KUBECONFIG. It is used, never started or stopped. */
export const existingProvider: Provider = {
  name: 'existing',
  up: ({ log }) => openExisting(log),
  open: ({ log }) => openExisting(log),
  down: ({ log }) => {
    log('the cluster of KUBECONFIG is not ours to take down: nothing done');
    return Promise.resolve();
  },
  status: async ({ log }) => {
    const cluster = await openExisting(log);
    return [`The cluster of ${cluster.kubeconfigPath} (existing):`, await cluster.kubectl('get', 'nodes')];
  },
};

async function openExisting(log: Log): Promise<Cluster> {
  const kubeconfigPath = process.env['KUBECONFIG'] ?? '';
  if (kubeconfigPath === '') {
    throw new Error('The provider "existing" needs the path of a kubeconfig in KUBECONFIG');
  }
  const missing = kubeconfigPath.split(delimiter).filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new Error(`KUBECONFIG names a file that does not exist: ${missing.join(', ')}`);
  const command = onPath('kubectl') ? ['kubectl'] : [await kubeBinary(log), 'kubectl'];
  const kubectl = createKubectl(command, kubeconfigPath);
  const names = await kubectl('get', 'nodes', '-o', 'name', '--request-timeout=15s');
  return {
    name: 'existing',
    provider: 'existing',
    kubeconfigPath,
    nodes: names
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace('node/', '')),
    kubectl,
    load: () =>
      Promise.reject(
        new Error(
          'The provider "existing" cannot load images: push them to a registry that the cluster pulls from',
        ),
      ),
    faults: unsupportedFaults('existing'),
    auditEvents: () => [],
    logs: (dir) => collectLogs({ dir, command, kubeconfigPath }),
    down: () => Promise.resolve(),
  };
}
