/** A setting's name: the grammar of Postgres, which also keeps a name from carrying a second line into a file. */
export const parameterNamePattern = /^[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)?$/;

const prefixes =
  'archive|recovery|primary|restore|synchronous_standby|ssl|wal_log_hints|wal_level|hot_standby|wal_keep|max_slot|listen_addresses|port|unix_socket|data_directory|hba_file|ident_file|config_file|external_pid_file';
const names =
  'restart_after_crash|fsync|full_page_writes|cluster_name|log_destination|logging_collector|allow_alter_system|data_sync_retry';

/** Settings that the agent owns: a user's value would break replication, archiving, failover or access. */
export const managedParameterPattern = new RegExp(`^(?:(?:${prefixes})|(?:${names})$)`);

/** The same in words: `…` stands for any ending. */
export const managedParametersForPeople = [
  ...prefixes.split('|').map((prefix) => `${prefix}…`),
  ...names.split('|'),
].join(', ');
