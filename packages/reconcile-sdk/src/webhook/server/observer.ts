/**
 * What a webhook server tells of itself, for metrics; all optional. `webhook` is the path, as controller-runtime's
 * label has it.
 */
export interface WebhookObserver {
  /** One HTTP request was answered. `code` is the HTTP status; `allowed` is absent where nothing was decided. */
  request?(fact: { webhook: string; code: number; allowed?: boolean; seconds: number }): void;
  /** Requests of that webhook under way now. */
  inFlight?(webhook: string, count: number): void;
  /** A handler or converter threw. */
  panicked?(webhook: string, kind: 'admission' | 'conversion'): void;
  /** Certificates were read, whole or not: certwatcher_read_certificate_total and _errors_total. */
  certificateRead?(ok: boolean): void;
}
