/**
 * object-store is S3 as backups need it: uploads without scratch disk that become visible in one step, downloads that
 * go on where they broke off, and errors that say what to grant. It keeps no state and decides no policy.
 */
export { createObjectStore, type ObjectStore, type ObjectStoreOptions } from './object-store.ts';
export { hasStoreCode, ObjectStoreError, type StoreErrorCode } from './store-error.ts';
export { choosePartSize, mebibyte } from './part-plan.ts';
export { type Encryption, type ObjectFacts, type UploadFacts, type UploadOptions } from './facts.ts';
export { type AssumedRole, type StoreCredentials, type StoreLocation } from './location.ts';
export { locationOf } from './location-of.ts';
export { type UploadedPart, type UploadedParts, type UploadProgress } from './upload-parts.ts';
export { checkStore, probeStore, type StoreCapabilities } from './probe.ts';
export { sweepUploads, type SweepRule } from './sweep.ts';
export { retryPolicy, type RetryPolicy } from './retry.ts';
