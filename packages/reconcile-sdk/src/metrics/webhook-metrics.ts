import { wideBuckets } from './buckets.ts';
import { type Families } from './families.ts';

/** Facts of a webhook server; `webhook` is its path. Shape of the webhook server's `observer`. */
export interface WebhookMetrics {
  /** The paths that there are: shown as 0 before the first request. */
  known(webhooks: readonly string[]): void;
  request(request: { webhook: string; code: number; seconds: number }): void;
  inFlight(webhook: string, requests: number): void;
  panicked(webhook: string, kind: 'admission' | 'conversion'): void;
  /** A certificate was read, or could not be. */
  certificateRead(ok: boolean): void;
}

export function webhookMetrics(families: Families): WebhookMetrics {
  const seconds = families.histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'Seconds per request.',
    labels: ['webhook'],
    buckets: wideBuckets,
  });
  const requests = families.counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Requests by HTTP status.',
    labels: ['webhook', 'code'],
  });
  const inFlight = families.gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Requests under way.',
    labels: ['webhook'],
  });
  const admission = families.counter({
    name: 'controller_runtime_webhook_panics_total',
    help: 'Admission handlers that threw.',
  });
  const conversion = families.counter({
    name: 'controller_runtime_conversion_webhook_panics_total',
    help: 'Conversions that threw.',
  });
  const reads = families.counter({
    name: 'certwatcher_read_certificate_total',
    help: 'Times that the certificate was read.',
  });
  const readErrors = families.counter({
    name: 'certwatcher_read_certificate_errors_total',
    help: 'Times that the certificate could not be read.',
  });
  return {
    known: (webhooks) =>
      webhooks.forEach((webhook) => {
        inFlight.labels(webhook);
        requests.labels(webhook, '200');
        requests.labels(webhook, '500');
      }),
    request({ webhook, code, seconds: taken }) {
      seconds.labels(webhook).observe(taken);
      requests.labels(webhook, String(code)).inc();
    },
    inFlight: (webhook, now) => inFlight.labels(webhook).set(now),
    panicked: (_, kind) => (kind === 'admission' ? admission : conversion).labels().inc(),
    certificateRead(ok) {
      reads.labels().inc();
      if (!ok) readErrors.labels().inc();
    },
  };
}
