import { setTimeout as sleep } from 'node:timers/promises';
import { connect, loadKubeConfig, type Resource } from '@stateful/reconcile-sdk';
import { startControlPlane } from '@stateful/local-cluster';
import { kinds } from '../../../src/simulators/kinds.ts';
import { type Stage } from './stage.ts';

/** The real controllers, on a real API server. */
export interface RealControllers {
  stage(namespace: string): Stage;
  stop(): Promise<void>;
}

/** Quiet for so long counts as settled: a controller answers a change within a fraction of it. */
const quietMs = 1_500;

export async function startRealControllers(): Promise<RealControllers> {
  const plane = await startControlPlane({ controllers: true });
  const client = connect({
    config: await loadKubeConfig({ path: plane.kubeconfigPath }),
    fieldManager: 'contract',
  });
  const versions = async (namespace: string): Promise<string> => {
    const all = [
      kinds.pods,
      kinds.statefulSets,
      kinds.replicaSets,
      kinds.deployments,
      kinds.jobs,
      kinds.endpointSlices,
    ];
    const lists = await Promise.all(all.map((resource) => client.list(resource as Resource, { namespace })));
    return JSON.stringify(
      lists.map(({ items }) => items.map(({ metadata }) => [metadata?.name, metadata?.resourceVersion])),
    );
  };
  return {
    stage: (namespace) => ({
      client,
      namespace,
      async settle() {
        let before = '';
        for (let quiet = 0; quiet < quietMs; quiet += 250) {
          const now = await versions(namespace);
          if (now !== before) quiet = 0;
          before = now;
          await sleep(250);
        }
      },
      pass: (ms) => sleep(ms),
    }),
    async stop() {
      await client.close();
      await plane.stop();
    },
  };
}
