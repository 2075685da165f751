/** How one call is made. */
export interface CallOptions {
  /** Gives up; the connection of a call that has been sent is cut. */
  signal?: AbortSignal;
  /** The whole call, retries included, in milliseconds. Default 10 s; lists 30 s. */
  timeoutMs?: number;
  /** An end on the transport's monotonic clock, such as that of a Lease; the earlier of both counts. */
  deadlineAt?: number;
  /** False: one try, whatever happens. Default true. */
  retry?: boolean;
  /** Does not wait behind other calls: for Leases and probes, of which there are few. */
  urgent?: boolean;
}

/** How old an answer may be: `NotOlderThan` a resourceVersion, or `Exact`. */
export type ResourceVersionMatch = 'NotOlderThan' | 'Exact';

/** Of a read of one object. */
export interface GetOptions extends CallOptions {
  /** `0`: whatever the API server has in its cache; absent: the newest. */
  resourceVersion?: string;
  /** Such as `scale`: then the answer is of that kind. */
  subresource?: string;
  /** Only `metadata` travels. Refused as `invalid` by a server that cannot. */
  metadataOnly?: boolean;
}

/** Which objects of a kind. */
export interface Selection {
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** Of a read of many objects; without `limit` all come at once. */
export interface ListOptions extends CallOptions, Selection {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: ResourceVersionMatch;
  /** Only `metadata` of each object travels. Refused as `invalid` by a server that cannot. */
  metadataOnly?: boolean;
  /** The answer may not be larger, in bytes. Default that of the transport. */
  maxBytes?: number;
}

/** Of a watch: where it begins, what it brings, when it ends. */
export interface WatchOptions extends Selection {
  /** Where to go on from. Empty or absent: the newest. */
  resourceVersion?: string;
  resourceVersionMatch?: ResourceVersionMatch;
  /** Begin with what exists, and say by an annotated bookmark where that ends (WatchList). */
  sendInitialEvents?: boolean;
  /** Only `metadata` of each object travels. Refused as `invalid` by a server that cannot. */
  metadataOnly?: boolean;
  /** When the server ends the watch, in seconds. */
  timeoutSeconds: number;
  /** For the answer to begin. Default 30 s. Nothing is tried twice. */
  timeoutMs?: number;
  signal: AbortSignal;
}

/** Of a write. */
export interface WriteOptions extends CallOptions {
  /** `status`, `scale` or another that the kind has. */
  subresource?: string;
  /** The server checks and answers, and keeps nothing. */
  dryRun?: boolean;
  /** What the server does about fields that the kind does not have. Its own default is `Warn`. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

/** Of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  /** Take over fields that another manager owns. */
  force?: boolean;
  /** Only make it: whatever stands under that name already is left as it is, and the call fails as `conflict`. */
  onlyCreate?: boolean;
}

/** Nothing is deleted but the object that was seen: R1. */
export interface DeleteOptions extends CallOptions {
  uid?: string;
  resourceVersion?: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  /** The server checks and answers, and keeps the object. */
  dryRun?: boolean;
}

/** Preconditions and grace of an eviction; it is never retried. */
export type EvictOptions = Omit<DeleteOptions, 'propagation' | 'retry'>;
