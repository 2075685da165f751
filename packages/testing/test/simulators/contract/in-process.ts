import { createKubeClient, createManualClock, createSeededRandom } from '@stateful/reconcile-sdk';
import { createApiServer, runSimulators } from '../../../src/index.ts';
import { type Stage } from './stage.ts';

/** The simulated controllers, with no node: what runs is the scenario's affair. */
export function inProcessStage(namespace: string): Stage {
  const clock = createManualClock();
  const server = createApiServer({ clock, random: createSeededRandom(1) });
  runSimulators(server, { clock, nodes: 0 });
  return {
    client: createKubeClient({ transport: server.transport(), fieldManager: 'contract' }),
    namespace,
    settle: () => clock.advance(1_500),
    pass: (ms) => clock.advance(ms),
  };
}
