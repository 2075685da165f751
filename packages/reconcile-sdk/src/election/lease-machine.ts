/**
 * Who leads, as a pure machine over one Lease: `(memory, event, moment) -> (memory, next act)`. Nobody compares the
 * clocks of two machines: a candidate measures, on its own monotonic clock, for how long the Lease has not changed,
 * and takes it when that is its whole duration; a leader stops a good while before that, counted from the moment
 * *before* its last renewal was sent. All times are milliseconds on the monotonic clock unless they say otherwise.
 */
export interface LeaseView {
  /** Empty when it was released. */
  holder: string;
  resourceVersion: string;
  /** How often it has changed hands: the number of the holder's term. */
  transitions: number;
  durationMs: number;
  /** MicroTime, as its holder wrote it. */
  acquireTime: string;
}

export interface LeaseTimes {
  /** Others wait this long without a renewal before they take over. */
  durationMs: number;
  /** Without a renewal for this long the leader's term is over. */
  renewDeadlineMs: number;
  /** Between two attempts. */
  retryMs: number;
}

/** One leadership, from winning the Lease until it is lost or given up. */
export interface Term {
  /** `leaseTransitions` while it lasts; every later term of anybody has a higher one. */
  readonly epoch: number;
  /** Over at this moment, unless renewed before. */
  readonly validUntil: number;
}

export interface LeaseMemory {
  /** What the server told last, and since when it has been so. */
  readonly seen?: { readonly lease: LeaseView; readonly since: number };
  /** A write may rest on `seen` without another look: nothing has failed since. */
  readonly isCurrent: boolean;
  /** It has looked since it last waited. */
  readonly hasLooked: boolean;
  /**
   * What this process wrote, or may have written, to take the Lease. By this it knows its own hand: a name alone
   * could be that of a process before it, or of another by mistake.
   */
  readonly claim?: { readonly transitions: number; readonly acquireTime: string };
  readonly term?: Term;
}

export interface Moment {
  /** On the monotonic clock. */
  readonly now: number;
  /** MicroTime of the wall clock, for what is written. */
  readonly wall: string;
  /** In [0, 1). */
  readonly random: number;
  /** `stalled`: renews no more; `busy`: renews what it holds, but takes nothing. */
  readonly mainLoop: 'responsive' | 'busy' | 'stalled';
}

export type LeaseEvent =
  | { kind: 'due' }
  | { kind: 'read'; lease: LeaseView | undefined }
  | { kind: 'written'; lease: LeaseView; sentAt: number }
  /** The Lease was not as the write expected. */
  | { kind: 'refused' }
  /** No answer, or one that says nothing about the Lease: the request may have been carried out. */
  | { kind: 'failed'; sentAt: number };

/** What is to stand in the Lease; `resourceVersion` is the precondition, undefined creates it. */
export interface LeaseWrite {
  readonly resourceVersion: string | undefined;
  readonly holder: string;
  readonly transitions: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly durationMs: number;
}

export type TermEnd =
  /** Given up by this process. */
  | { kind: 'yielded' }
  | { kind: 'expired' }
  /** Renewal was withheld because the main event loop gave no sign of life. */
  | { kind: 'stalled' }
  | { kind: 'taken'; by: string }
  | { kind: 'deleted' }
  /** Whoever renews has failed. */
  | { kind: 'crashed'; error: string };

export type LeaseAct =
  | { do: 'read' }
  | { do: 'write'; write: LeaseWrite }
  | { do: 'wait'; ms: number; holder?: string }
  | { do: 'end'; end: TermEnd };

export interface LeaseStep {
  readonly memory: LeaseMemory;
  readonly act: LeaseAct;
}

export const blankMemory: LeaseMemory = { isCurrent: false, hasLooked: false };

/** How long one request may take: two of them fit between the first retry and the renew deadline. */
export function requestTimeoutMs(times: LeaseTimes, term: Term | undefined, now: number): number {
  const fair = Math.max(1, (times.renewDeadlineMs - times.retryMs) / 2);
  return term ? Math.max(1, Math.min(fair, term.validUntil - now)) : fair;
}

export function stepLease(
  me: string,
  times: LeaseTimes,
  memory: LeaseMemory,
  event: LeaseEvent,
  at: Moment,
): LeaseStep {
  const { term } = memory;
  // An answer that comes too late does not bring a term back: the work may already have been stopped.
  if (term && at.now >= term.validUntil) {
    return over(observed(memory, event, at), { kind: at.mainLoop === 'stalled' ? 'stalled' : 'expired' });
  }
  switch (event.kind) {
    case 'due': {
      const begun = { ...memory, hasLooked: false };
      if (!term || !memory.seen) return { memory: begun, act: { do: 'read' } };
      if (at.mainLoop === 'stalled') return waiting(begun, Math.min(times.retryMs, term.validUntil - at.now));
      if (!memory.isCurrent) return { memory: begun, act: { do: 'read' } };
      return { memory: begun, act: renewal(me, times, memory.seen.lease, at) };
    }
    case 'read': {
      const known = observed(memory, event, at);
      return term ? keep(me, times, known, term, event.lease, at) : stand(me, times, memory, known, at);
    }
    case 'written': {
      const known = observed(memory, event, at);
      const validUntil = event.sentAt + times.renewDeadlineMs;
      // Won, but so slowly that nothing is left of it.
      if (validUntil <= at.now) return { memory: known, act: { do: 'read' } };
      const held = { ...known, term: { epoch: event.lease.transitions, validUntil } };
      return waiting(held, Math.min(event.sentAt + times.retryMs, validUntil) - at.now);
    }
    case 'refused': {
      const stale = { ...memory, isCurrent: false };
      return memory.hasLooked ? retrying(stale, times, at) : { memory: stale, act: { do: 'read' } };
    }
    case 'failed':
      return retrying({ ...memory, isCurrent: false }, times, at, event.sentAt);
  }
}

/** What gives the Lease away, if it is still this process's. */
export function releaseOf(
  me: string,
  memory: LeaseMemory,
  lease: LeaseView | undefined,
  wall: string,
): LeaseWrite | undefined {
  if (!lease || !isOwnHand(me, memory, lease)) return undefined;
  const { resourceVersion, transitions, acquireTime } = lease;
  // The shortest duration that the API allows.
  return { resourceVersion, holder: '', transitions, acquireTime, renewTime: wall, durationMs: 1000 };
}

function observed(memory: LeaseMemory, event: LeaseEvent, { now }: Moment): LeaseMemory {
  if (event.kind !== 'read' && event.kind !== 'written') return memory;
  const hasLooked = memory.hasLooked || event.kind === 'read';
  const { lease } = event;
  // One that is gone is remembered as it was: who held it may not know yet that it has lost it.
  if (!lease) return { ...memory, hasLooked, isCurrent: false };
  const isSame = memory.seen?.lease.resourceVersion === lease.resourceVersion;
  return { ...memory, hasLooked, isCurrent: true, seen: isSame ? memory.seen : { lease, since: now } };
}

/** A look at the Lease by its holder. */
function keep(
  me: string,
  times: LeaseTimes,
  memory: LeaseMemory,
  term: Term,
  lease: LeaseView | undefined,
  at: Moment,
): LeaseStep {
  if (!lease) return over(memory, { kind: 'deleted' });
  if (lease.holder !== me || lease.transitions !== term.epoch)
    return over(memory, { kind: 'taken', by: lease.holder });
  return { memory, act: renewal(me, times, lease, at) };
}

/** A look at the Lease by a candidate. */
function stand(
  me: string,
  times: LeaseTimes,
  before: LeaseMemory,
  memory: LeaseMemory,
  at: Moment,
): LeaseStep {
  const { seen } = memory;
  const isGone = !memory.isCurrent;
  const expiresInMs =
    !seen || seen.lease.holder === '' || isOwnHand(me, memory, seen.lease)
      ? 0
      : seen.since + seen.lease.durationMs - at.now;
  if (expiresInMs > 0 || at.mainLoop !== 'responsive') {
    const ms = times.retryMs * (1 + at.random / 5);
    const wait = expiresInMs > 0 ? Math.min(ms, expiresInMs) : ms;
    return { memory, act: { do: 'wait', ms: wait, ...(seen ? { holder: seen.lease.holder } : {}) } };
  }
  const transitions = seen ? seen.lease.transitions + 1 : 0;
  // A claim that was lost on the way and is made again says the same, so that either is known as one's own.
  const claim =
    before.claim?.transitions === transitions ? before.claim : { transitions, acquireTime: at.wall };
  const write: LeaseWrite = {
    resourceVersion: isGone ? undefined : seen?.lease.resourceVersion,
    holder: me,
    ...claim,
    renewTime: at.wall,
    durationMs: times.durationMs,
  };
  return { memory: { ...memory, claim }, act: { do: 'write', write } };
}

function renewal(me: string, times: LeaseTimes, lease: LeaseView, at: Moment): LeaseAct {
  const { resourceVersion, transitions, acquireTime } = lease;
  const { durationMs } = times;
  return {
    do: 'write',
    write: { resourceVersion, holder: me, transitions, acquireTime, renewTime: at.wall, durationMs },
  };
}

const isOwnHand = (me: string, { claim }: LeaseMemory, lease: LeaseView): boolean =>
  lease.holder === me && lease.transitions === claim?.transitions && lease.acquireTime === claim.acquireTime;

function over(memory: LeaseMemory, end: TermEnd): LeaseStep {
  const { term: _over, ...rest } = memory;
  return { memory: rest, act: { do: 'end', end } };
}

/** One attempt per retryMs, counted from its beginning: after a request that hung the next comes at once. */
function retrying(memory: LeaseMemory, times: LeaseTimes, at: Moment, began = at.now): LeaseStep {
  const pause = memory.term ? times.retryMs : times.retryMs * (1 + at.random / 5);
  const ms = began + pause - at.now;
  return waiting(memory, memory.term ? Math.min(ms, memory.term.validUntil - at.now) : ms);
}

const waiting = (memory: LeaseMemory, ms: number): LeaseStep => ({
  memory,
  act: { do: 'wait', ms: Math.max(1, ms) },
});
