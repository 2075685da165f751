import { type ReconcileOutcome } from './observer.ts';

/** One reconcile that is over, for people who ask why. */
export interface Run {
  /** Wall clock, milliseconds. */
  readonly at: number;
  readonly causes: readonly string[];
  readonly outcome: ReconcileOutcome;
  readonly seconds: number;
  readonly error?: string;
  /** Milliseconds until the next planned look. */
  readonly requeueAfterMs?: number;
}

/** The last few runs of the keys that ran last. Bounded; nothing is decided by it (R6). */
export interface RunHistory {
  add(key: string, run: Run): void;
  /** Newest first. */
  of(key: string): readonly Run[];
}

export function createRunHistory({ keys = 1_000, runs = 5 } = {}): RunHistory {
  // Insertion order of a Map is the order of last use.
  const byKey = new Map<string, Run[]>();
  return {
    add(key, run) {
      const known = byKey.get(key) ?? [];
      byKey.delete(key);
      byKey.set(key, [run, ...known].slice(0, runs));
      if (byKey.size > keys) byKey.delete(byKey.keys().next().value!);
    },
    of: (key) => byKey.get(key) ?? [],
  };
}
