import { type Quorum } from '@stateful/postgres-api';
import { type LeaseProposal, type LeaseView, type MemberPromise } from './lease-view.ts';
import { type Position } from './position.ts';
import { type SyncFacts } from './quorum.ts';

/** All times are milliseconds of the member's own monotonic clock. */
export interface Settings {
  readonly durationMs: number;
  readonly renewMs: number;
  readonly fenceMs: number;
  /** A standby reads the Lease at least this often. */
  readonly pollMs: number;
  /** Pause after a request that failed, and between two looks at the promises. */
  readonly retryMs: number;
  /** A candidacy that gets nowhere for so long is taken over; doubles with each time. */
  readonly takeoverMs: number;
  /** How long to wait for all members where no quorum can be asked. */
  readonly settleMs: number;
  /** A holder whose server does not serve for so long gives the Lease up; doubles with each time. */
  readonly giveUpMs: number;
}

export interface Self {
  readonly name: string;
  readonly ordinal: number;
  readonly podUid: string;
  readonly address: string;
}

/** What the Postgres side reports about itself. */
export interface LocalFacts {
  /** `broken`: a clone or rewind is unfinished, or the data has diverged: it can be neither promised nor promoted. */
  readonly data: 'unknown' | 'none' | 'valid' | 'broken';
  readonly systemIdentifier?: string;
  /** Made by this member and never published in a Lease. */
  readonly fresh: boolean;
  /** The last epoch for which this data was, or was about to be, the primary's. Durable beside the data. */
  readonly heldEpoch: number;
  readonly server: 'down' | 'standby' | 'primary';
  readonly timeline?: number;
  /** Where the primary's timeline began; known once it was promoted. */
  readonly timelineStart?: bigint;
  /** Proven after the wish to hold for this candidacy: no WAL receiver runs and none can start. */
  readonly held?: { readonly candidacy: string; readonly position: Position };
  readonly sync?: SyncFacts;
}

/** What Postgres should be. The Postgres side works towards the newest wish and reports `LocalFacts`. */
export type Wish =
  /** No process of Postgres may live. */
  | { readonly role: 'down'; readonly how: 'fast' | 'kill' }
  /** Not decided: a primary must not run, anything else may stay as it is. */
  | { readonly role: 'idle' }
  | { readonly role: 'bootstrap' }
  | {
      readonly role: 'primary';
      readonly epoch: number;
      readonly timeline: number;
      readonly rule: Quorum;
      /** Counts changes of the rule; `SyncFacts.order` answers it. */
      readonly order: number;
    }
  /** Standby without a source; `candidacy` is what it holds still for. */
  | { readonly role: 'hold'; readonly candidacy: string }
  | {
      readonly role: 'follow';
      readonly epoch: number;
      readonly primary: string;
      readonly address: string;
      readonly systemIdentifier: string;
      readonly timeline: number;
    };

export type Input = { readonly now: number } & (
  | { readonly kind: 'tick' }
  /** A linearizable read of the Lease; never from a cache. */
  | { readonly kind: 'lease-read'; readonly lease: LeaseView | 'absent' }
  | { readonly kind: 'lease-read-failed' }
  | { readonly kind: 'lease-written'; readonly lease: LeaseView; readonly sentAt: number }
  /** Refused, or no answer: it may have been carried out. */
  | { readonly kind: 'lease-write-failed' }
  /** A watch saw something: worth a read. */
  | { readonly kind: 'lease-hint' }
  | { readonly kind: 'local'; readonly facts: LocalFacts }
  | { readonly kind: 'wanted'; readonly rule: Quorum }
  | { readonly kind: 'promise-published'; readonly candidacy: string }
  | { readonly kind: 'promise-failed' }
  | { readonly kind: 'promises-listed'; readonly promises: readonly MemberPromise[] }
  | { readonly kind: 'promises-failed' }
  | { readonly kind: 'stop' }
);

export type Effect =
  | { readonly kind: 'read-lease' }
  | {
      readonly kind: 'write-lease';
      /** Undefined: create. */
      readonly on: LeaseView | undefined;
      readonly proposal: LeaseProposal;
      /** To be made durable beside the data before the write is sent. */
      readonly markEpoch?: number;
    }
  | { readonly kind: 'publish-promise'; readonly promise: MemberPromise }
  | { readonly kind: 'list-promises' };

export interface Kernel {
  readonly self: Self;
  readonly settings: Settings;
  readonly lease: LeaseView | 'absent' | undefined;
  /** The last Lease there was, should it be deleted. */
  readonly remembered: LeaseView | undefined;
  /** When the holder, epoch or renewal was first seen as it is. */
  readonly renewedSeenAt: number;
  /** When the candidacy (with its candidate) was first seen. */
  readonly candidacySeenAt: number;
  readonly takeovers: number;
  readonly excluded: readonly string[];
  /** What was seen may be old: read before anything is decided. */
  readonly stale: boolean;
  readonly readAt: number;
  readonly leaseBusy: boolean;
  /** Set while this member may run a primary: it wrote the Lease, and `renewedAt` is when it sent that. */
  readonly holding: { readonly epoch: number; readonly renewedAt: number } | undefined;
  readonly local: LocalFacts;
  readonly wanted: Quorum | undefined;
  /** The rule that the server was last told to follow, and how many orders there were. */
  readonly ordered: { readonly rule: Quorum | undefined; readonly order: number };
  readonly promised: string | undefined;
  readonly promiseBusy: boolean;
  readonly promiseAt: number;
  readonly promises: readonly MemberPromise[] | undefined;
  readonly listBusy: boolean;
  readonly listedAt: number;
  readonly stopping: boolean;
  readonly notServingSince: number | undefined;
  readonly givingUp: boolean;
  readonly giveUps: number;
  /** After giving up: let others try. */
  readonly refuseUntil: number;
}

export interface Step {
  readonly kernel: Kernel;
  readonly effects: readonly Effect[];
}
