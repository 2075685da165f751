import { parseQuantity } from './quantity.ts';
import { postgresClusterSpecSchema, type PostgresClusterSpec } from './postgres-cluster-v1alpha1.ts';

/** One thing that is wrong with an object: where, and what would be right. */
export interface FieldError {
  /** Path of the field, such as `spec.storage.size`. */
  field: string;
  message: string;
}

/** Settings that the agent owns: a user's value would break replication, archiving, failover or access. */
const managedParameters = [
  /^(archive|recovery|primary|restore|synchronous_standby|ssl|wal_log_hints|wal_level|hot_standby|wal_keep|max_slot)/,
  /^(listen_addresses|port|unix_socket|data_directory|hba_file|ident_file|config_file|external_pid_file)/,
  /^(restart_after_crash|fsync|full_page_writes|cluster_name|log_destination|logging_collector|allow_alter_system|data_sync_retry)$/,
];

/** A setting's name: the grammar of Postgres, which also keeps a name from carrying a second line into a file. */
const parameterName = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;

/** What is known beside the spec itself. */
export interface ValidationContext {
  /** Versions that the operator has images for. */
  versions: readonly string[];
  /** The version that the data was made with. */
  versionNow?: string;
  /** The size that the volumes were made with. */
  storageSizeNow?: string;
}

/**
 * Checks a spec (and the change from what exists) for all that must hold before anything is done with it. The same
 * checks stand in the CRD where CEL can say them; they run again in reconcile because an object may be older
 * than the rule, and because the images and the volumes that exist are known only there.
 */
export function validateSpec(
  input: unknown,
  context: ValidationContext,
): { spec: PostgresClusterSpec; errors: [] } | { spec: undefined; errors: FieldError[] } {
  const parsed = postgresClusterSpecSchema.safeParse(input);
  if (!parsed.success) {
    return {
      spec: undefined,
      errors: parsed.error.issues.map((issue) => ({
        field: ['spec', ...issue.path.map(String)].join('.'),
        message: issue.message,
      })),
    };
  }
  const spec = parsed.data;
  const errors = [
    ...crossFieldErrors(spec),
    ...versionErrors(spec, context),
    ...storageErrors(spec, context.storageSizeNow),
    ...parameterErrors(spec),
  ];
  return errors.length > 0 ? { spec: undefined, errors } : { spec, errors: [] };
}

function crossFieldErrors(spec: PostgresClusterSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.backupSchedule !== undefined && !/^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(spec.backupSchedule)) {
    errors.push({
      field: 'spec.backupSchedule',
      message: `must be a time of day in UTC from 00:00 to 23:59, not "${spec.backupSchedule}"`,
    });
  }
  if (spec.backupSchedule !== undefined && !spec.backupStore) {
    errors.push({
      field: 'spec.backupSchedule',
      message: 'a backup schedule needs spec.backupStore to write to',
    });
  }
  if (spec.restoreFrom && !spec.backupStore) {
    errors.push({ field: 'spec.restoreFrom', message: 'restoring needs spec.backupStore to read from' });
  }
  if (
    spec.restoreFrom &&
    (spec.restoreFrom.cluster === undefined) === (spec.restoreFrom.path === undefined)
  ) {
    errors.push({ field: 'spec.restoreFrom', message: 'exactly one of `cluster` and `path` must be set' });
  }
  if (spec.synchronous === 'Required' && spec.replicas < 3) {
    errors.push({
      field: 'spec.synchronous',
      message: '`Required` needs at least 3 instances, or every failure of one stops all writes',
    });
  }
  return errors;
}

function versionErrors(spec: PostgresClusterSpec, context: ValidationContext): FieldError[] {
  const errors: FieldError[] = [];
  if (!context.versions.includes(spec.version)) {
    const known = context.versions.length > 0 ? context.versions.join(', ') : 'none: set images in the chart';
    errors.push({
      field: 'spec.version',
      message: `the operator has no image for "${spec.version}"; it has ${known}`,
    });
  }
  const major = (version: string) => Number(version.split('.')[0]);
  if (context.versionNow !== undefined && major(context.versionNow) !== major(spec.version)) {
    errors.push({
      field: 'spec.version',
      message: `the major version cannot change in place (from ${context.versionNow} to ${spec.version})`,
    });
  }
  return errors;
}

function storageErrors(spec: PostgresClusterSpec, sizeNow: string | undefined): FieldError[] {
  if (sizeNow === undefined || parseQuantity(spec.storage.size) >= parseQuantity(sizeNow)) return [];
  return [
    {
      field: 'spec.storage.size',
      message: `a volume cannot shrink: it is ${sizeNow} now, ${spec.storage.size} is wanted`,
    },
  ];
}

function parameterErrors(spec: PostgresClusterSpec): FieldError[] {
  return Object.entries(spec.parameters ?? {}).flatMap(([name, value]) => {
    const field = `spec.parameters.${name}`;
    if (!parameterName.test(name))
      return [{ field, message: `"${name}" is not the name of a Postgres setting` }];
    if (managedParameters.some((managed) => managed.test(name)))
      return [{ field, message: `"${name}" is managed by the operator` }];

    if (/[\u0000-\u001f]/.test(value))
      return [{ field, message: 'a value must not hold line breaks or control characters' }];
    return [];
  });
}
