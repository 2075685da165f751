import { type CallRecord } from '../client/index.ts';
import { requestBuckets, sizeBuckets } from './buckets.ts';
import { type Families } from './families.ts';

/** `onCall` and `onLookup` of a transport. */
export interface RestClientMetrics {
  readonly onCall: (call: CallRecord) => void;
  readonly onLookup: (lookup: { host: string; seconds: number }) => void;
}

export function restClientMetrics(families: Families): RestClientMetrics {
  const byVerb = ['verb', 'host'] as const;
  const byCode = ['code', 'method', 'host'] as const;
  const calls = families.counter({
    name: 'rest_client_requests_total',
    help: 'Tries at a call to the API server; code <error>: no answer.',
    labels: byCode,
  });
  const seconds = families.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Seconds until the answer began.',
    labels: byVerb,
    buckets: requestBuckets,
  });
  const waits = families.histogram({
    name: 'rest_client_rate_limiter_duration_seconds',
    help: 'Seconds that a call waited behind others in this process.',
    labels: byVerb,
    buckets: requestBuckets,
  });
  const retries = families.counter({
    name: 'rest_client_request_retries_total',
    help: 'Tries after the first one.',
    labels: ['code', 'verb', 'host'],
  });
  const sent = families.histogram({
    name: 'rest_client_request_size_bytes',
    help: 'Bytes of bodies sent.',
    labels: byVerb,
    buckets: sizeBuckets,
  });
  const received = families.histogram({
    name: 'rest_client_response_size_bytes',
    help: 'Bytes of bodies received.',
    labels: byVerb,
    buckets: sizeBuckets,
  });
  const lookUps = families.histogram({
    name: 'rest_client_dns_resolution_duration_seconds',
    help: 'Seconds that the look-up of a host name took.',
    labels: ['host'],
    buckets: requestBuckets,
  });
  return {
    onCall(call) {
      const { method, host } = call;
      const code = call.status === 0 ? '<error>' : String(call.status);
      calls.labels(code, method, host).inc();
      seconds.labels(method, host).observe(call.seconds);
      waits.labels(method, host).observe(call.waitedSeconds);
      if (call.attempt > 1) retries.labels(code, method, host).inc();
      sent.labels(method, host).observe(call.requestBytes);
      if (call.responseBytes !== undefined) received.labels(method, host).observe(call.responseBytes);
    },
    onLookup: ({ host, seconds: took }) => lookUps.labels(host).observe(took),
  };
}
