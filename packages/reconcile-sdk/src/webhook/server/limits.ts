/** What one request, and all together, may take. */
export interface WebhookLimits {
  /** Of an admission review; the API server keeps objects below 3 MiB as well. Default 3 MiB. */
  readonly admissionBodyBytes: number;
  /** Of a conversion review, which brings whole pages of a list. Default 32 MiB. */
  readonly conversionBodyBytes: number;
  /** Bodies in memory at once. Default 64 MiB. */
  readonly bufferedBytes: number;
  /** Reviews that are worked on at once; more wait their turn until their deadline. Default 64. */
  readonly inFlight: number;
  /** Open connections; more are closed at once. Default 512. */
  readonly connections: number;
  /** For the TLS handshake and the headers. Default 5 s. */
  readonly headersMs: number;
  /** For the whole request to arrive. Default 10 s. */
  readonly requestMs: number;
  /**
   * An idle connection stays open for this long: longer than the API server's 90 s, so that it is always the API
   * server that hangs up and no request meets a closing connection. Default 120 s.
   */
  readonly keepAliveMs: number;
  /** Then the caller is asked to connect anew, so that API servers spread over replicas again. Default 1000. */
  readonly requestsPerConnection: number;
}

const MiB = 1024 * 1024;
export const defaultLimits: WebhookLimits = {
  admissionBodyBytes: 3 * MiB,
  conversionBodyBytes: 32 * MiB,
  bufferedBytes: 64 * MiB,
  inFlight: 64,
  connections: 512,
  headersMs: 5_000,
  requestMs: 10_000,
  keepAliveMs: 120_000,
  requestsPerConnection: 1_000,
};
