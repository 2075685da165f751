/** `start`, `start` x `factor`, ...; without the noise of floating point, which would end up in labels. */
const exponentialBuckets = (start: number, factor: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Number((start * factor ** index).toPrecision(12)));

// As in controller-runtime and client-go, so that dashboards and alerts carry over.

/** controller_runtime_reconcile_time_seconds. */
export const reconcileBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** workqueue_* and controller_runtime_webhook_latency_seconds: 10 ns to 1000 s. */
export const wideBuckets: readonly number[] = exponentialBuckets(1e-8, 10, 12);
/** rest_client_*_duration_seconds. */
export const requestBuckets: readonly number[] = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
/** rest_client_*_size_bytes. */
export const sizeBuckets: readonly number[] = [
  64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,
];

// Ours.

/** PREFIX_reconcile_seconds: 0.1 x 2, eight of them. */
export const ownReconcileBuckets: readonly number[] = exponentialBuckets(0.1, 2, 8);
/** From an event, or a write, until it is acted upon: 1 ms to 33 s. */
export const lagBuckets: readonly number[] = exponentialBuckets(0.001, 2, 16);
/** Steps and operations last from a second to days. */
export const operationBuckets: readonly number[] = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
