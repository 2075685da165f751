/** How often something may be done. */
export interface RateLimit {
  /** At once. */
  burst: number;
  /** One more after this long, in milliseconds. */
  refillMs: number;
}

export interface Bucket {
  readonly tokens: number;
  /** When `tokens` was right. */
  readonly at: number;
}

export const fullBucket = ({ burst }: RateLimit, now: number): Bucket => ({ tokens: burst, at: now });

/** The bucket with one token less, or undefined when there is none. A clock that goes back refills nothing. */
export function takeToken(bucket: Bucket, { burst, refillMs }: RateLimit, now: number): Bucket | undefined {
  const gained = Math.max(0, now - bucket.at) / refillMs;
  const tokens = Math.min(burst, bucket.tokens + gained);
  return tokens < 1 ? undefined : { tokens: tokens - 1, at: Math.max(now, bucket.at) };
}
