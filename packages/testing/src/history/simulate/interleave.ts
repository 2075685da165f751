import { type EventType, type HistoryEvent } from '../event.ts';

/** A source of numbers in [0, 1), as the SDK's. */
export interface Chance {
  next(): number;
}

/** What a simulated client asks for, and how it will be answered. */
export interface Asked<F extends string, V> {
  process: number | string;
  f: F;
  value: V;
  start: number;
  outcome: 'ok' | 'fail' | 'info';
}

export interface InterleaveOptions<F extends string, V> {
  random: Chance;
  processes: number;
  operations: number;
  /** Of all operations, the share that is refused and the share that stays in doubt; default 0.05 each. */
  failRate?: number;
  unknownRate?: number;
  ask(): { f: F; value: V };
  /** Does the operation on the store, at one instant, and gives the answer. Not called for what is refused. */
  apply(asked: Asked<F, V>): V;
  onRefused?(asked: Asked<F, V>): void;
  onAcknowledged?(asked: Asked<F, V>, time: number): void;
}

/** A history in the making: simulated time goes on by one with each event. */
export interface Scene<F extends string, V> {
  events: HistoryEvent<F, V>[];
  write(process: number | string, type: EventType, f: F, value: V): number;
  /** Does this at some later instant of the simulation, or when it ends. */
  later(act: () => void): void;
  /** Runs concurrent clients until each operation has been answered. */
  interleave(options: InterleaveOptions<F, V>): void;
  /** What is still waiting for its time happens now. */
  settle(): void;
}

export function createScene<F extends string, V>(): Scene<F, V> {
  const events: HistoryEvent<F, V>[] = [];
  const waiting: (() => void)[] = [];
  let now = 0;
  const scene: Scene<F, V> = {
    events,
    write(process, type, f, value) {
      events.push({ process, type, f, value, time: ++now });
      return now;
    },
    later: (act) => void waiting.push(act),
    settle: () => waiting.splice(0).forEach((act) => act()),
    interleave(options) {
      const { random, failRate = 0.05, unknownRate = 0.05 } = options;
      const pick = (below: number): number => Math.floor(random.next() * below);
      const busy = new Map<number, { asked: Asked<F, V>; answer?: V; isApplied: boolean }>();
      let left = options.operations;
      const begin = (process: number): void => {
        left--;
        const luck = random.next();
        const outcome = luck < failRate ? 'fail' : luck < failRate + unknownRate ? 'info' : 'ok';
        const { f, value } = options.ask();
        busy.set(process, {
          asked: { process, f, value, outcome, start: scene.write(process, 'invoke', f, value) },
          isApplied: false,
        });
      };
      const act = (asked: Asked<F, V>): V | undefined => {
        if (asked.outcome === 'ok') return options.apply(asked);
        if (asked.outcome === 'fail') options.onRefused?.(asked);
        // In doubt: now, later or never.
        else if (pick(3) === 0) options.apply(asked);
        else if (pick(2) === 0) scene.later(() => options.apply(asked));
        return undefined;
      };
      while (left > 0 || busy.size > 0) {
        if (waiting.length > 0 && pick(4) === 0) waiting.splice(pick(waiting.length), 1)[0]!();
        const process = pick(options.processes);
        const own = busy.get(process);
        if (!own) {
          if (left > 0) begin(process);
        } else if (!own.isApplied) {
          const answer = act(own.asked);
          busy.set(process, {
            asked: own.asked,
            isApplied: true,
            ...(answer === undefined ? {} : { answer }),
          });
        } else {
          busy.delete(process);
          const { f, value, outcome } = own.asked;
          const time = scene.write(process, outcome, f, outcome === 'ok' ? own.answer! : value);
          if (outcome === 'ok') options.onAcknowledged?.(own.asked, time);
        }
      }
    },
  };
  return scene;
}
