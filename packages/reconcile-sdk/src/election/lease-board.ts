import { type Term } from './lease-machine.ts';

/**
 * Memory that two threads share, so that a write is fenced without asking anybody: the thread that renews writes
 * the term, the main thread reads it before each write and leaves its sign of life.
 */
export interface LeaseBoard {
  readonly buffer: SharedArrayBuffer;
  /** Undefined: no term. */
  publish(term: Term | undefined): void;
  /** Whether the term of that number lasts at that moment of the monotonic clock that all threads share. */
  lasts(epoch: number, now: number): boolean;
  /** 0 when there is no term. */
  validUntil(): number;
  beat(now: number): void;
  lastBeat(): number;
}

const validUntilSlot = 0;
const epochSlot = 1;
const beatSlot = 2;
/** Whole nanoseconds: atomics know no fractions. Rounded down, so that no term lasts longer than it was granted. */
const toSlot = (ms: number): bigint => BigInt(Math.floor(ms * 1e6));
const fromSlot = (value: bigint): number => Number(value) / 1e6;

export function createLeaseBoard(buffer = new SharedArrayBuffer(3 * 8)): LeaseBoard {
  const slots = new BigInt64Array(buffer);
  const validUntil = (): number => fromSlot(Atomics.load(slots, validUntilSlot));
  return {
    buffer,
    publish(term) {
      if (term) Atomics.store(slots, epochSlot, BigInt(term.epoch));
      Atomics.store(slots, validUntilSlot, term ? toSlot(term.validUntil) : 0n);
    },
    lasts: (epoch, now) => now < validUntil() && Atomics.load(slots, epochSlot) === BigInt(epoch),
    validUntil,
    beat: (now) => void Atomics.store(slots, beatSlot, toSlot(now)),
    lastBeat: () => fromSlot(Atomics.load(slots, beatSlot)),
  };
}
