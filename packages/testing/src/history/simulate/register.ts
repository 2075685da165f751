import {
  type Content,
  type RegisterEvent,
  type RegisterFunction,
  type RegisterValue,
} from '../register/register.ts';
import { createScene, type Asked, type Chance } from './interleave.ts';
import { type SimulatedHistory } from './list-append.ts';

export const registerFaults = [
  'lost-write',
  'stale-read',
  'split-brain',
  'dirty-read',
  'double-apply',
] as const;
export type RegisterFault = (typeof registerFaults)[number];

export interface RegisterSimulation {
  random: Chance;
  operations?: number;
  processes?: number;
  keys?: number;
  /** How many different contents are written; 0 writes each once, as faults need it. Default 0. */
  contents?: number;
  failRate?: number;
  unknownRate?: number;
  fault?: RegisterFault;
}

/** One step of a scene: who does what and is told what. */
type Line = readonly [
  process: string,
  f: RegisterFunction,
  value: Omit<RegisterValue, 'key'>,
  type?: 'ok' | 'fail',
];

/** What clients see while each fault happens to one key, with three fresh contents; the last is what stays. */
const scripts: Record<RegisterFault, (a: number, b: number, c: number) => readonly Line[]> = {
  'lost-write': (a, b) => [
    ['s1', 'write', { value: a }],
    ['s1', 'write', { value: b }],
    ['s2', 'read', { value: a }],
  ],
  'stale-read': (a, b) => [
    ['s1', 'write', { value: a }],
    ['s1', 'write', { value: b }],
    ['s2', 'read', { value: a }],
    ['s1', 'read', { value: b }],
  ],
  'split-brain': (a, b, c) => [
    ['s1', 'write', { value: a }],
    ['s1', 'write', { value: b }],
    ['s2', 'cas', { from: a, to: c, applied: true }],
    ['s1', 'read', { value: b }],
  ],
  'dirty-read': (a, b) => [
    ['s1', 'write', { value: a }],
    ['s1', 'write', { value: b }, 'fail'],
    ['s2', 'read', { value: b }],
    ['s2', 'read', { value: a }],
  ],
  'double-apply': (a, b) => [
    ['s1', 'write', { value: a }],
    ['s2', 'cas', { from: a, to: b, applied: true }],
    ['s1', 'read', { value: b }],
    ['s2', 'read', { value: a }],
  ],
};

/** A history of linearizable registers, with or without one fault in the middle. */
export function simulateRegister(options: RegisterSimulation): SimulatedHistory<RegisterEvent> {
  const { random, operations = 200, processes = 5, keys = 2, contents = 0, fault } = options;
  const scene = createScene<RegisterFunction, RegisterValue>();
  const registers = new Map<string, Content>();
  const pick = (below: number): number => Math.floor(random.next() * below);
  let last = 0;
  const content = (): number => (contents > 0 ? pick(contents) : ++last);
  const ask = (): { f: RegisterFunction; value: RegisterValue } => {
    const key = `k${pick(keys)}`;
    const f = (['read', 'write', 'cas'] as const)[pick(3)]!;
    if (f === 'read') return { f, value: { key } };
    if (f === 'write') return { f, value: { key, value: content() } };
    // Mostly what stands there now, so that many succeed.
    const from = pick(4) > 0 ? (registers.get(key) ?? null) : pick(contents || last + 1);
    return { f, value: { key, from, to: content() } };
  };
  const apply = ({ f, value }: Asked<RegisterFunction, RegisterValue>): RegisterValue => {
    const here = registers.get(value.key) ?? null;
    if (f === 'read') return { ...value, value: here };
    const applied = f === 'write' || here === value.from;
    if (applied) registers.set(value.key, (f === 'write' ? value.value : value.to) ?? null);
    return f === 'cas' ? { ...value, applied } : value;
  };
  const play = (share: number): void =>
    scene.interleave({ ...options, processes, operations: Math.floor(operations * share), ask, apply });
  const at = random.next();
  play(at);
  if (fault) {
    const key = `k${pick(keys)}`;
    for (const [process, f, value, type = 'ok'] of scripts[fault](++last, ++last, ++last)) {
      const asked: RegisterValue = f === 'read' ? { key } : { key, ...value };
      delete asked.applied;
      scene.write(process, 'invoke', f, asked);
      scene.write(process, type, f, { key, ...value });
      if (type === 'ok' && f === 'read') registers.set(key, value.value ?? null);
    }
  }
  play(1 - at);
  scene.settle();
  return { events: scene.events, ...(fault ? { planted: fault } : {}) };
}
