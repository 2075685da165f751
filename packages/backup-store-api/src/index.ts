/**
 * backup-store-api says what a BackupStore is: one way to name a bucket for all operators, as an object of its own or
 * inline. It does nothing by itself.
 */
export {
  backupStoreKind,
  backupStoreSpecSchema,
  backupStoreStatusSchema,
  storeSchema,
  type BackupStore,
  type BackupStoreSpec,
  type BackupStoreStatus,
  type Store,
} from './backup-store-v1alpha1.ts';
export { s3StoreSchema, storeReferenceSchema, type S3Store } from './s3-store.ts';
