/** One HTTP request to the API, without a socket. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  path: string;
  contentType?: string;
  accept?: string;
  /** Parsed JSON. */
  body?: unknown;
  /** Who asks, for ownership of fields when the query names nobody. */
  userAgent?: string;
  /** Who asks; an administrator when absent. Not yet judged by any role. */
  user?: string;
}

/** One whole answer; every status but 2xx has a Status as its body. */
export interface ApiAnswer {
  status: number;
  body: unknown;
}

/** A watch that has begun: one event after the other, until either side ends it. */
export interface ApiWatch {
  /** Called for each event, in order; what is there already is given at once. */
  onEvent(listener: (event: WatchEvent) => void): void;
  /** Called once, when the server ends it. */
  onEnd(listener: () => void): void;
  /** Ends it from this side. */
  stop(): void;
}

/** One line of a watch. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: object;
}
