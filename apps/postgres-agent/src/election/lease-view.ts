import { type FailoverState } from '@stateful/postgres-api';

export type Candidacy = NonNullable<FailoverState['candidacy']>;

/** The Lease as the election sees it. */
export interface LeaseView {
  /** resourceVersion: a write succeeds only on the version it was decided on. */
  readonly version: string;
  /** Undefined when it was released. */
  readonly holder: string | undefined;
  readonly epoch: number;
  /** Changes with each renewal by the holder, and with nothing else. */
  readonly renewal: string;
  readonly state: FailoverState;
}

/** What is to be written: the version is that of the view it was decided on, the renewal is made by the writer. */
export type LeaseProposal = Omit<LeaseView, 'version' | 'renewal'> & {
  /** Set for writes of a holder: renewTime becomes now. */
  readonly renew: boolean;
};

/** A member's word that it receives no WAL while candidacy `candidacy` stands, and how far its WAL goes. */
export interface MemberPromise {
  readonly name: string;
  readonly podUid: string;
  readonly candidacy: string;
  readonly epoch: number;
  readonly timeline: number;
  readonly lsn: bigint;
}
