/** Values of a Secret; absent: the default chain (web identity, pod identity, instance, environment). */
export interface StoreCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the values end. */
  readonly expiration?: Date;
}

/** Where a store is, and who asks. */
export interface StoreLocation {
  readonly bucket: string;
  readonly region: string;
  /** `https://HOST[:PORT]` of a server that is not Amazon's. */
  readonly endpoint?: string;
  /** The bucket stands in the path of URLs, not in the host. Default: with an `endpoint`. */
  readonly pathStyle?: boolean;
  /** PEM of a private authority. */
  readonly caPem?: string;
  /**
   * Asked again whenever values have expired. Default: the chain of the SDK (environment, web identity, pod
   * identity, instance).
   */
  readonly credentials?: () => Promise<StoreCredentials>;
  /** The account that the bucket must belong to. */
  readonly expectedBucketOwner?: string;
}
