/**
 * Moves objects to the version that their CRD stores now. An API server rewrites an object only when somebody writes
 * it, so a version stays in use, and cannot be dropped, for as long as one object was never written.
 */
export { migrateStorage, type MigrateOptions, type MigrationReport } from './migrate-storage.ts';
export {
  storageMigration,
  storageMigrationRules,
  type StorageMigrationOptions,
} from './storage-migration.ts';
