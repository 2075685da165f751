import {
  createLogger,
  createManager,
  describeError,
  type ManualClock,
  type Transport,
} from '@stateful/reconcile-sdk';
import { createCacheView, type CacheView } from './cache-view.ts';
import { type OperatorUnderTest, type Outside } from './operator.ts';
import { chanceOf, createProcessClock, type ProcessClock } from './process-clock.ts';
import { createWire, type Judge } from './wire.ts';

/** One process of an operator: the real manager, on the world's time, chance and server. */
export interface OperatorProcess {
  /** `operator-1`. */
  readonly name: string;
  readonly clock: ProcessClock;
  /** What its caches may see. */
  readonly view: CacheView;
  isAlive(): boolean;
  /** As SIGKILL: nothing is finished, nothing is told, and everything in memory is gone. */
  kill(): void;
  /** As SIGTERM: work under way ends, the Lease is given back. Time has to go on meanwhile. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly operator: OperatorUnderTest;
  readonly number: number;
  readonly seed: number;
  readonly clock: ManualClock;
  /** A connection to the server, one try for each request. */
  readonly connect: () => Transport;
  /** As the process begins: how old its caches are, in which order contents come. */
  readonly prepare?: (view: CacheView) => void;
  readonly judge: Omit<Judge, 'crash'> & { readonly change: Outside['change'] };
  /** A warning or an error that it logged, as one line of JSON. */
  readonly onLog: (line: string) => void;
  /** It ended by itself, which an operator never does. */
  readonly onEnd: (why: string) => void;
}

const server = 'https://in-process';

/** Starts one. */
export function startProcess(options: ProcessOptions): OperatorProcess {
  const { operator, number, seed, prepare, onLog, onEnd } = options;
  const name = `${operator.name}-${number}`;
  const clock = createProcessClock(options.clock);
  const random = chanceOf(seed, number);
  const view = createCacheView();
  prepare?.(view);
  const stop = new AbortController();
  const connections: Transport[] = [];
  let isDead = false;
  const kill = (): void => {
    if (isDead) return;
    isDead = true;
    clock.kill();
    // Its watches end on the server's side, as those of a process that is gone do.
    for (const connection of connections) void connection.close();
  };
  const manager = createManager({
    name: operator.name,
    identity: name,
    config: { server, namespace: 'default' },
    log: createLogger({ name, level: 'warn', clock, destination: { write: onLog } }),
    clock,
    random,
    ...(operator.election ? { election: { namespace: 'default' } } : {}),
    openTransport() {
      const connection = options.connect();
      connections.push(connection);
      const judge = { ...options.judge, crash: kill };
      const wire = createWire({ server: connection, view, judge, clock, random, isDead: () => isDead });
      return operator.tamper?.(wire, view) ?? wire;
    },
  });
  operator.build(manager, { clock, random, change: options.judge.change });
  const running = manager.run(stop.signal).then(
    () => {
      if (!stop.signal.aborted && !isDead) onEnd('it ended');
    },
    (error: unknown) => {
      if (!isDead) onEnd(describeError(error));
    },
  );
  return {
    name,
    clock,
    view,
    isAlive: () => !isDead && !stop.signal.aborted,
    kill,
    async stop() {
      stop.abort();
      await running;
    },
  };
}
