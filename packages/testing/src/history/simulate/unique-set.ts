import { type SetEvent, type SetValue } from '../unique-set/check.ts';
import { createScene, type Chance } from './interleave.ts';
import { type SimulatedHistory } from './list-append.ts';

export const setFaults = ['lost-insert', 'lost-tail', 'double-apply', 'dirty-read'] as const;
export type SetFault = (typeof setFaults)[number];

export interface SetSimulation {
  random: Chance;
  inserts?: number;
  processes?: number;
  failRate?: number;
  unknownRate?: number;
  fault?: SetFault;
}

/** A history of unique inserts and one last read, with or without a fault. */
export function simulateUniqueSet(
  options: SetSimulation,
): SimulatedHistory<SetEvent> & { rows: readonly string[] } {
  const { random, inserts = 200, processes = 5, fault } = options;
  const scene = createScene<'insert' | 'read', SetValue>();
  const pick = (below: number): number => Math.floor(random.next() * below);
  let rows: string[] = [];
  let last = 0;
  let planted: string | undefined;
  const acknowledged: string[] = [];
  const run = (count: number): void =>
    scene.interleave({
      ...options,
      processes,
      operations: count,
      ask: () => ({ f: 'insert', value: { row: `r${++last}` } }),
      apply: ({ value }) => {
        rows.push(value.row!);
        return { ...value, position: `0/${rows.length}` };
      },
      onRefused: ({ value }) => {
        if (fault !== 'dirty-read' || planted !== undefined) return;
        planted = `${value.row} was refused and is there`;
        rows.push(value.row!);
      },
      onAcknowledged: ({ value }) => void acknowledged.push(value.row!),
    });
  run(Math.floor(inserts / 2));
  const victims =
    fault === 'lost-tail'
      ? acknowledged.slice(-5)
      : acknowledged.slice(pick(acknowledged.length)).slice(0, 1);
  if (victims.length > 0 && (fault === 'lost-insert' || fault === 'lost-tail')) {
    rows = rows.filter((row) => !victims.includes(row));
    planted = `${victims.join(', ')} lost by a failover`;
  }
  if (victims.length > 0 && fault === 'double-apply') {
    rows.push(...victims);
    planted = `${victims.join(', ')} done again by a retry`;
  }
  run(Math.ceil(inserts / 2));
  scene.settle();
  scene.write('final', 'invoke', 'read', {});
  scene.write('final', 'ok', 'read', { rows: [...rows] });
  return { events: scene.events, rows, ...(planted === undefined ? {} : { planted }) };
}
