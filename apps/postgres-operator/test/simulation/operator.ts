import { createLogger, createManager, type Manager, type Transport } from '@stateful/reconcile-sdk';
import { operatorPlan, type PostgresWorld } from './world.ts';

/** An operator's process in a world: the real manager with the real plan. */
export interface RunningOperator {
  readonly manager: Manager;
  /** What it logged at warning and above. */
  readonly complaints: readonly string[];
  /** Requests that changed something, in order, as `METHOD PATH`. */
  readonly writes: string[];
  stop(): Promise<void>;
}

/** Starts one on the world's server, clock and chance. */
export function startOperator(
  { server, clock, random }: Pick<PostgresWorld, 'server' | 'clock' | 'random'>,
  transport: Transport = server.transport(),
): RunningOperator {
  const complaints: string[] = [];
  const writes: string[] = [];
  const counted: Transport = {
    ...transport,
    async request(request) {
      const answer = await transport.request(request);
      if (request.method !== 'GET') writes.push(`${request.method} ${request.path.split('?')[0] ?? ''}`);
      return answer;
    },
  };
  const manager = createManager({
    name: 'postgres-operator',
    identity: 'postgres-operator-1',
    config: { server: 'https://in-process', namespace: 'default' },
    log: createLogger({
      name: 'postgres-operator',
      clock,
      level: 'warn',
      destination: { write: (line: string) => void complaints.push(line) },
    }),
    clock,
    random,
    openTransport: () => counted,
  });
  manager.addPlan(operatorPlan(random));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  return {
    manager,
    complaints,
    writes,
    async stop() {
      stop.abort();
      await running;
    },
  };
}
