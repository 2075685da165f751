import { type S3Store } from '@stateful/backup-store-api';
import { type AssumedRole, type StoreCredentials, type StoreLocation } from './location.ts';

/** The part of a store's description that says where it is, with what its Secrets hold. Pure. */
export const locationOf = (
  s3: S3Store,
  secrets: { credentials?: () => Promise<StoreCredentials>; caPem?: string },
): StoreLocation => ({
  bucket: s3.bucket,
  region: s3.region,
  pathStyle: s3.addressing === 'Auto' ? s3.endpoint !== undefined : s3.addressing === 'Path',
  ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
  ...(s3.expectedBucketOwner === undefined ? {} : { expectedBucketOwner: s3.expectedBucketOwner }),
  ...(s3.maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond: s3.maxBytesPerSecond }),
  ...(s3.credentials?.assumeRole ? { assumeRole: roleOf(s3.credentials.assumeRole) } : {}),
  checksums: s3.checksum !== 'Never',
  ...secrets,
});

const roleOf = ({
  roleARN,
  externalID,
}: NonNullable<NonNullable<S3Store['credentials']>['assumeRole']>): AssumedRole => ({
  roleARN,
  sessionName: 'stateful-operators',
  ...(externalID === undefined ? {} : { externalID }),
});
