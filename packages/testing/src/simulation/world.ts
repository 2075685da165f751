import {
  createKubeClient,
  createManualClock,
  createSeededRandom,
  type KubeClient,
  type ManualClock,
  type OperatorError,
  type Random,
} from '@stateful/reconcile-sdk';
import { createApiServer, type ApiServer, type ApiServerOptions, type Change } from '../api-server/index.ts';
import { type CacheView } from './cache-view.ts';
import { type Call } from './call.ts';
import { startProcess, type OperatorProcess } from './operator-process.ts';
import { type OperatorUnderTest } from './operator.ts';
import { createTrace, type Trace } from './trace.ts';
import { type Verdict } from './wire.ts';

/** A place where a run may be hurt: a write of an operator, or its call that changes something outside. */
export interface Point {
  /** From 1, over all processes of a run. */
  readonly number: number;
  readonly process: OperatorProcess;
  readonly what: string;
  /** Absent: outside. */
  readonly call?: Call;
}

/** One request of an operator and what became of it. */
export interface Exchange {
  readonly at: number;
  readonly process: string;
  readonly call: Call;
  readonly body?: unknown;
  readonly error?: OperatorError;
}

/** Says what becomes of a request or an outside call; undefined: nothing special. */
export type PointListener = (point: Point) => Verdict | undefined | Promise<Verdict | undefined>;

/** Says what becomes of a request; undefined: nothing special. */
export type Rule = (call: Call, process: OperatorProcess) => Verdict | undefined;

/** One clock, one chance, one server: everything there is. The same seed gives the same life. */
export interface World {
  readonly seed: number;
  readonly clock: ManualClock;
  readonly random: Random;
  readonly server: ApiServer;
  /** People: past all faults. */
  readonly users: KubeClient;
  readonly trace: Trace;
  /** Every request of operators but watches. */
  readonly exchanges: readonly Exchange[];
  /** Changes of what is stored, but of Leases and Events. */
  readonly changes: readonly Change[];
  /** What no operator may do whatever happens to it: end, log a mistake in its code. */
  readonly mishaps: readonly string[];
  /** Something was found that no operator may do. */
  complain(text: string): void;
  points(): number;
  processes(): readonly OperatorProcess[];
  /** Starts a process; `prepare` says how old its caches are. */
  start(prepare?: (view: CacheView) => void): OperatorProcess;
  /** Asked about every request, in the order in which they were added; the first verdict counts. */
  addRule(rule: Rule): () => void;
  /** Called at every point; what it returns counts before the rules. */
  onPoint(listener: PointListener): void;
  /**
   * Lets time go on until nothing has been written, nor asked of the outside, for `quietMs`; false when that has
   * not come `withinMs`.
   */
  settle(times?: { quietMs?: number; withinMs?: number }): Promise<boolean>;
}

export interface WorldOptions {
  readonly operator: OperatorUnderTest;
  /** Default 1. */
  readonly seed?: number;
  readonly server?: Omit<ApiServerOptions, 'clock' | 'random'>;
}

const noDecision = new Set(['leases.coordination.k8s.io', 'events.', 'events.events.k8s.io']);
/** What only a mistake in the code throws. */
const mistake = /"type":"(TypeError|RangeError|ReferenceError)"/;

/** Makes a world in which nothing runs yet. */
export function createWorld({ operator, seed = 1, server: serverOptions }: WorldOptions): World {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const server = createApiServer({ ...serverOptions, clock, random });
  const trace = createTrace(clock);
  const users = createKubeClient({ transport: server.transport(), fieldManager: 'kubectl' });
  const processes: OperatorProcess[] = [];
  const exchanges: Exchange[] = [];
  const changes: Change[] = [];
  const mishaps: string[] = [];
  const rules = new Set<Rule>();
  let listener: PointListener = () => undefined;
  let points = 0;
  let lastActivity = 0;

  server.store.onChange((change) => {
    if (noDecision.has(change.of)) return;
    changes.push(change);
    lastActivity = clock.monotonic();
  });

  async function atPoint(process: OperatorProcess, what: string, call?: Call): Promise<Verdict | undefined> {
    points++;
    lastActivity = clock.monotonic();
    trace.add(process.name, `${points}. ${what}`);
    return listener({ number: points, process, what, ...(call ? { call } : {}) });
  }

  function start(prepare?: (view: CacheView) => void): OperatorProcess {
    const process: OperatorProcess = startProcess({
      operator,
      number: processes.length + 1,
      seed,
      clock,
      connect: () => server.transport(),
      ...(prepare ? { prepare } : {}),
      judge: {
        async decide(call) {
          const first = call.kind === 'write' ? await atPoint(process, call.what, call) : undefined;
          if (first) return first;
          for (const rule of rules) {
            const verdict = rule(call, process);
            if (verdict) return verdict;
          }
          return { kind: 'pass' };
        },
        answered(call, outcome) {
          exchanges.push({ at: clock.monotonic(), process: process.name, call, ...outcome });
          if (call.kind === 'write' && outcome.error)
            trace.add(process.name, `   refused: ${outcome.error.message}`);
        },
        async change(what, run) {
          const verdict = await atPoint(process, what);
          if (verdict?.kind === 'crash-before') process.kill();
          if (!process.isAlive()) return new Promise<never>(() => undefined);
          if (verdict?.kind === 'lose-request') throw new Error(`${what}: the request was lost`);
          if (verdict?.kind === 'refuse') throw new Error(`${what}: refused with ${verdict.status}`);
          const result = await run();
          if (verdict?.kind === 'crash-after') process.kill();
          if (!process.isAlive()) return new Promise<never>(() => undefined);
          if (verdict?.kind === 'lose-answer') throw new Error(`${what}: the answer was lost`);
          return result;
        },
      },
      onLog(line) {
        if (mistake.test(line)) mishaps.push(line.trim());
      },
      onEnd: (why) => void mishaps.push(`${process.name} ended: ${why}`),
    });
    processes.push(process);
    trace.add(process.name, 'starts');
    return process;
  }

  return {
    seed,
    clock,
    random,
    server,
    users,
    trace,
    exchanges,
    changes,
    mishaps,
    complain: (text) => void mishaps.push(text),
    points: () => points,
    processes: () => processes,
    start,
    addRule(rule) {
      rules.add(rule);
      return () => void rules.delete(rule);
    },
    onPoint: (next) => void (listener = next),
    async settle({ quietMs = 60_000, withinMs = 1_800_000 } = {}) {
      const end = clock.monotonic() + withinMs;
      lastActivity = clock.monotonic();
      for (;;) {
        const quietAt = lastActivity + quietMs;
        if (clock.monotonic() >= quietAt) return true;
        if (clock.monotonic() >= end) return false;
        await clock.advance(Math.min(quietAt, end) - clock.monotonic());
      }
    },
  };
}
