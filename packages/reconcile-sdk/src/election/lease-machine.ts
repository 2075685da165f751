/**
 * Who leads, as a pure decision over a Lease. Nobody compares clocks: a candidate measures, on its own monotonic
 * clock, for how long the Lease has not changed, and takes it when that is its whole duration.
 */
export interface LeaseView {
  /** Empty when it was released. */
  holder: string;
  resourceVersion: string;
  transitions: number;
  durationMs: number;
}

export interface LeaseObservation {
  /** When the Lease was first seen in this state, on the monotonic clock. */
  readonly since: number;
  readonly resourceVersion: string;
}

export type LeaseDecision =
  | { action: 'create' }
  | { action: 'renew'; lease: LeaseView }
  | { action: 'take'; lease: LeaseView }
  /** Somebody else leads; `expiresInMs` from now it may be taken if nothing happens. */
  | { action: 'wait'; holder: string; expiresInMs: number };

export function observeLease(
  before: LeaseObservation | undefined,
  lease: LeaseView | undefined,
  now: number,
): LeaseObservation | undefined {
  if (!lease) return undefined;
  if (before?.resourceVersion === lease.resourceVersion) return before;
  return { since: now, resourceVersion: lease.resourceVersion };
}

export function decideLease(
  lease: LeaseView | undefined,
  observation: LeaseObservation | undefined,
  me: string,
  now: number,
): LeaseDecision {
  if (!lease || !observation) return { action: 'create' };
  if (lease.holder === me) return { action: 'renew', lease };
  if (lease.holder === '') return { action: 'take', lease };
  const expiresInMs = observation.since + lease.durationMs - now;
  return expiresInMs <= 0 ? { action: 'take', lease } : { action: 'wait', holder: lease.holder, expiresInMs };
}
