/** What happens to an operator, at one point of its life. */
export type Strike =
  /** The process dies before, or after, the request reaches the server; another starts after a second. */
  | { readonly do: 'crash-before' | 'crash-after' }
  /** As `crash-after`, and the next one's caches begin `back` changes ago; they catch up after a while. */
  | { readonly do: 'stale-restart'; readonly back: number; readonly forMs: number }
  /** As `crash-after`, and the next one is given the contents of its caches in the opposite order. */
  | { readonly do: 'reversed-restart' }
  /** The server never sees it; or it does what was asked, and nobody is told. */
  | { readonly do: 'lose-request' | 'lose-answer' }
  | {
      readonly do: 'refuse';
      readonly status: 409 | 410 | 429 | 500 | 503;
      readonly retryAfterS?: number;
    }
  /** Watches of a kind (`*`: of all) are silent; then they go on, or end with 410. */
  | {
      readonly do: 'freeze';
      readonly kind: string;
      readonly forMs: number;
      readonly then: 'resume' | 'gone';
    }
  /** The next event of a kind is never told; a relist comes after a while. */
  | { readonly do: 'miss'; readonly kind: string; readonly forMs: number }
  | { readonly do: 'repeat'; readonly kind: string }
  /** Another process works beside this one, and then dies. */
  | { readonly do: 'second-leader'; readonly forMs: number }
  /** As SIGSTOP, while another process takes over; then it goes on where it was. */
  | { readonly do: 'pause'; readonly forMs: number }
  /** The wall clock of the process is set. */
  | { readonly do: 'clock-step'; readonly byMs: number }
  /** The user does not wait: the next step of the scenario comes now. */
  | { readonly do: 'next-step' };

/** A strike and the number of the point at which it comes, from 1. */
export type Fault = Strike & { readonly at: number };

/** Faults of one run. Plain data: what is printed can be given back. */
export type FaultPlan = readonly Fault[];

const textOf = (fault: Strike): string => {
  switch (fault.do) {
    case 'crash-before':
    case 'crash-after':
      return `${fault.do.replace('-', ' ')} it`;
    case 'stale-restart':
      return `crash after it, restart with caches of ${fault.back} changes ago for ${fault.forMs / 1000} s`;
    case 'reversed-restart':
      return 'crash after it, restart with lists in the opposite order';
    case 'lose-request':
      return 'the request is lost';
    case 'lose-answer':
      return 'applied, but the answer is lost';
    case 'refuse':
      return `refused with ${fault.status}${fault.retryAfterS === undefined ? '' : `, Retry-After ${fault.retryAfterS}`}`;
    case 'freeze':
      return `watches of ${fault.kind} are silent for ${fault.forMs / 1000} s, then ${fault.then === 'gone' ? '410' : 'go on'}`;
    case 'miss':
      return `the next event of ${fault.kind} is lost, 410 after ${fault.forMs / 1000} s`;
    case 'repeat':
      return `the next event of ${fault.kind} comes twice`;
    case 'second-leader':
      return `a second process works for ${fault.forMs / 1000} s`;
    case 'pause':
      return `the process stands still for ${fault.forMs / 1000} s while another one works`;
    case 'clock-step':
      return `its wall clock is set by ${fault.byMs / 1000} s`;
    case 'next-step':
      return 'the next step of the user comes now';
  }
};

/** For people: one line for each fault. */
export const faultPlanText = (faults: FaultPlan): string =>
  faults.length === 0
    ? 'no fault'
    : faults.map((fault) => `at point ${fault.at}: ${textOf(fault)}`).join('\n');
