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
  /** Who asks, as if a certificate had said so; an administrator when neither this nor a token is given. */
  user?: string;
  /** The groups of that user. */
  groups?: readonly string[];
  /** A bearer token: of a service account, or one that the server was made with. */
  token?: string;
  /** As whom the user wants to act. */
  impersonate?: Impersonated;
}

/** Somebody as whom a user acts: `Impersonate-User` and its kin. */
export interface Impersonated {
  user: string;
  groups?: readonly string[];
  uid?: string;
}

/** One whole answer; every status but 2xx has a Status as its body. */
export interface ApiAnswer {
  status: number;
  body: unknown;
  /** `Warning` headers, each as it is sent: `299 - "text"`. */
  warnings?: readonly string[];
  /** Beside those that every answer has; names in lower case. */
  headers?: Readonly<Record<string, string>>;
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
