import { type Impersonation } from './cluster-config.ts';

/** One call of the API, as a transport carries it out. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  path: string;
  contentType?: string;
  accept?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Gives up. The connection of a write that has been sent is reset: what has not arrived never does. */
  signal?: AbortSignal;
  /** As `signal`, for the end of the right to make this call (a leadership's term); the failure is `fenced`. */
  fenceSignal?: AbortSignal;
  /** The whole call ends by then: waiting for a place, retries and the body included. In milliseconds. */
  timeoutMs: number;
  /** An end on the injected monotonic clock that no byte may leave after: when a Lease runs out. The earlier of both counts. */
  deadlineAt?: number;
  /** The same request may be sent twice without harm, so a lost answer is asked for again. */
  idempotent: boolean;
  /** False: one try, whatever happens. Default true. */
  retry?: boolean;
  /** A refusal is about this request alone, as of an eviction, and says nothing of the server. */
  isOwnRefusal?: boolean;
  /** Does not wait behind other calls: Leases, probes. */
  urgent?: boolean;
  /** Called when a connection is there and before the first byte leaves, at each try; what it throws ends the call. */
  beforeSend?: () => void;
  /** Act as somebody else. */
  impersonate?: Impersonation;
  /** An answer may not be larger, in bytes. Default that of the transport. */
  maxBytes?: number;
  /** What it is, for people: `get pods default/pg-0`. */
  what: string;
}

/** One finished try, for metrics. */
export interface CallRecord {
  method: string;
  /** 0: no answer. */
  status: number;
  /** From the first byte sent, or the attempt at a connection, until the answer's head. */
  seconds: number;
  /** Spent before that behind other calls. */
  waitedSeconds: number;
  /** 1 for the first try. */
  attempt: number;
  /** `HOST:PORT` of the API server. */
  host: string;
  /** Bytes of the body that was sent; 0: none. */
  requestBytes: number;
  /** Bytes of the answer's body, where its head tells. */
  responseBytes?: number;
}

/** HTTP to one API server as one user. */
export interface Transport {
  /** The parsed JSON answer of a 2xx; everything else is thrown as an OperatorError. */
  request(request: HttpRequest): Promise<unknown>;
  /**
   * The body of a 2xx as it arrives, until the server ends it or the signal aborts. It also ends, between two lines,
   * when the connection's credentials have been replaced. `timeoutMs` is for the answer to begin; nothing is retried
   * but a 401, once.
   */
  stream(request: HttpRequest): Promise<AsyncIterable<Buffer>>;
  /** Ends all connections; calls under way fail as `aborted`. */
  close(): Promise<void>;
}
