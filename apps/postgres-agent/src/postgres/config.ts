import { type Quorum } from '@stateful/postgres-api';
import { acksNeeded } from '../election/quorum.ts';
import { type Layout } from './layout.ts';

/** How the server stands in replication now; changes take effect by a reload. */
export interface Stance {
  /** Address of the primary to stream from; undefined: from nobody. */
  readonly source: string | undefined;
  readonly rule: Quorum | undefined;
}

export interface ConfigInput {
  readonly layout: Layout;
  readonly pod: string;
  readonly cluster: string;
  readonly port: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly stance: Stance;
  readonly hasArchive: boolean;
  /** How much WAL slots may hold back, so that an instance that is away cannot fill the volume. */
  readonly slotWalKeepMegabytes: number;
  readonly listens: boolean;
  /** Set while a restore replays the archive. */
  readonly recovery?: { readonly targetTime?: string };
}

/** A value as postgresql.conf takes it; the only way that text gets into the file. */
export function quote(value: string): string {
  if (/[\u0000-\u001f]/.test(value)) throw new Error('a setting must not hold control characters');
  return `'${value.replaceAll("'", "''")}'`;
}

export const slotOf = (member: string): string => member.replaceAll('-', '_');

/** `ANY 1 ("pg-1","pg-2")`, or nothing when nobody is waited for. */
export function synchronousStandbyNames(rule: Quorum | undefined, self: string): string {
  const others = rule?.members.filter((member) => member !== self) ?? [];
  const acks = rule ? acksNeeded(rule, self) : 0;
  if (acks === 0 || others.length === 0) return '';
  return `ANY ${acks} (${others.map((member) => `"${member}"`).join(',')})`;
}

/** The whole of postgresql.conf. What the agent must own stands last, where it wins. */
export function renderConfig(input: ConfigInput): string {
  const { layout, stance, pod } = input;
  const managed: Record<string, string> = {
    cluster_name: input.cluster,
    listen_addresses: input.listens ? '*' : '',
    port: String(input.port),
    unix_socket_directories: layout.run,
    hba_file: layout.hba,
    ssl: 'on',
    ssl_cert_file: layout.certificate,
    ssl_key_file: layout.certificateKey,
    ssl_min_protocol_version: 'TLSv1.3',
    password_encryption: 'scram-sha-256',
    allow_alter_system: 'off',
    restart_after_crash: 'off',
    wal_level: 'replica',
    wal_log_hints: 'on',
    hot_standby: 'on',
    hot_standby_feedback: 'on',
    max_wal_senders: '32',
    max_replication_slots: '32',
    max_slot_wal_keep_size: `${input.slotWalKeepMegabytes}MB`,
    wal_keep_size: '64MB',
    // A connection that says nothing for this long is dead; found by the sender and by the receiver.
    wal_sender_timeout: '5s',
    wal_receiver_timeout: '5s',
    wal_receiver_status_interval: '1s',
    wal_retrieve_retry_interval: '500ms',
    recovery_target_timeline: 'latest',
    synchronous_standby_names: synchronousStandbyNames(stance.rule, pod),
    primary_conninfo: stance.source === undefined ? '' : conninfo(input, stance.source),
    primary_slot_name: stance.source === undefined ? '' : slotOf(pod),
    archive_mode: 'on',
    archive_command: input.hasArchive
      ? `pgbackrest --config=${layout.pgbackrest} --stanza=db archive-push %p`
      : '/bin/true',
    archive_timeout: '60s',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '%m [%p] %q%u@%d ',
    ...recovery(input),
  };
  const lines = (settings: Readonly<Record<string, string>>): string[] =>
    Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}`);
  return [
    '# Written by the agent of this pod; changes are lost.',
    ...lines(input.parameters),
    '# Managed by the agent.',
    ...lines(managed),
    '',
  ].join('\n');
}

function recovery({ layout, recovery: wanted }: ConfigInput): Record<string, string> {
  if (!wanted) return {};
  return {
    restore_command: `pgbackrest --config=${layout.pgbackrestRestore} --stanza=db archive-get %f "%p"`,
    archive_command: '/bin/true',
    recovery_target_action: 'promote',
    ...(wanted.targetTime === undefined ? {} : { recovery_target_time: wanted.targetTime }),
  };
}

/** How a standby, a copy or a rewind reaches the primary at an address. */
export function conninfo(
  { layout, pod, port }: Pick<ConfigInput, 'layout' | 'pod' | 'port'>,
  address: string,
  /** A copy or a rewind must not pass for a standby that could acknowledge commits. */
  purpose: { readonly applicationName?: string; readonly database?: string } = {},
): string {
  const parts: Record<string, string> = {
    host: address,
    port: String(port),
    user: 'replicator',
    passfile: layout.passfile,
    application_name: purpose.applicationName ?? pod,
    sslmode: 'require',
    connect_timeout: '3',
    keepalives_idle: '3',
    tcp_user_timeout: '5000',
    ...(purpose.database === undefined ? {} : { dbname: purpose.database }),
  };
  return Object.entries(parts)
    .map(([key, value]) => `${key}=${value.replace(/[\\' ]/g, (character) => `\\${character}`)}`)
    .join(' ');
}

/**
 * Who may come in: the agent by the socket as the OS user, all others with TLS and a password. While `clients` are
 * closed, only other instances: a primary that recovered may show commits that were never acknowledged, and that
 * would vanish again if it failed before a standby has them.
 */
export const hostAccess = (clients: 'open' | 'closed'): string =>
  [
    '# Written by the agent of this pod; changes are lost.',
    'local   all          postgres                 peer',
    'local   replication  postgres                 peer',
    'hostssl replication  replicator  all          scram-sha-256',
    'hostssl postgres     replicator  all          scram-sha-256',
    'hostssl all          replicator  all          reject',
    'hostssl all          postgres    all          reject',
    clients === 'open'
      ? 'hostssl all          all         all          scram-sha-256'
      : '# Clients have to wait until enough standbys have what this server recovered.',
    '',
  ].join('\n');
