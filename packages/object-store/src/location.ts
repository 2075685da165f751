/** Values of a Secret; absent: the default chain (web identity, pod identity, instance, environment). */
export interface StoreCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the values end. */
  readonly expiration?: Date;
}

/** A role that is taken on first. */
export interface AssumedRole {
  readonly roleARN: string;
  readonly externalID?: string;
  /** Stands in the store's own log. */
  readonly sessionName: string;
  /** URL of an STS that is not Amazon's. */
  readonly endpoint?: string;
}

/** Where a store is, who asks, and how fast. */
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
  /** In place of `credentials`. */
  readonly assumeRole?: AssumedRole;
  /** The store keeps CRC32 over whole multipart objects. Default true. */
  readonly checksums?: boolean;
  /** Uploads and downloads go no faster. */
  readonly maxBytesPerSecond?: number;
  /** The account that the bucket must belong to. */
  readonly expectedBucketOwner?: string;
}
