import { type Clock, type Manager, type Random, type Transport } from '@stateful/reconcile-sdk';
import { type CacheView } from './cache-view.ts';

/** What an operator reaches beside the API server. */
export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  /** A call that changes something outside: a point at which faults may strike, as a write is. */
  change<T>(what: string, call: () => T | Promise<T>): Promise<T>;
}

/** An operator as it is tried: what its `main.ts` does, with the world's manager. */
export interface OperatorUnderTest {
  /** As the manager's. */
  readonly name: string;
  /** Adds controllers. Called for each process. */
  build(manager: Manager, outside: Outside): void;
  /** True: processes fight for a Lease in `default`. Default: each one works at once. */
  readonly election?: boolean;
  /** What a test puts between the operator and its requests, to see what then goes wrong. */
  readonly tamper?: (transport: Transport, view: CacheView) => Transport;
}
