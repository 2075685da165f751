import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentConfig } from '@stateful/postgres-api';
import { type Clock, type Logger } from '@stateful/reconcile-sdk';
import { readRepositoryKeys } from '../backup/repository-keys.ts';
import { renderPgbackrest, stanza } from '../backup/pgbackrest-config.ts';
import { emptyPartial, putInPlace } from './clone.ts';
import { runCommand } from './command.ts';
import { type Credentials } from './credentials.ts';
import { type Layout } from './layout.ts';
import { type Postmaster } from './postmaster.ts';
import { withSession, type Session } from './session.ts';

export interface BootstrapInput {
  readonly layout: Layout;
  readonly port: number;
  readonly config: AgentConfig;
  readonly credentials: Credentials;
  readonly objectStoreDir: string;
  readonly postmaster: Postmaster;
  readonly clock: Clock;
  readonly log: Logger;
  /** Writes postgresql.conf for a server that nobody else can reach. */
  readonly configure: (recovery?: { targetTime?: string }) => Promise<void>;
  readonly goOn: () => boolean;
  readonly signal: AbortSignal;
}

/** Makes the first instance's data: empty, or from a backup. The server is down again when this ends. */
export async function bootstrap(input: BootstrapInput): Promise<void> {
  const { layout, config, credentials, postmaster, log } = input;
  await emptyPartial(layout);
  if (config.restore) await restore(input, config.restore);
  else await makeEmpty(input);
  try {
    await input.configure(config.restore ? restoreTarget(config.restore) : undefined);
    await postmaster.start(input.goOn);
    if (config.restore) await recoveryToEnd(input);
    await withSession({ host: layout.run, port: input.port }, (session) => ensureRoles(session, credentials));
  } finally {
    await postmaster.stop('fast');
  }
  log.info('the first instance’s data is complete');
}

const restoreTarget = ({ targetTime }: { targetTime?: string | undefined }) =>
  targetTime === undefined ? {} : { targetTime };

async function makeEmpty({ layout, signal, log }: BootstrapInput): Promise<void> {
  log.info('making an empty database');
  await runCommand(
    'initdb',
    [
      ...['--pgdata', layout.partial, '--username=postgres', '--data-checksums', '--encoding=UTF8'],
      // Postgres' own collation: an update of the C library cannot corrupt an index.
      ...['--locale=C.UTF-8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...['--auth-local=peer', '--auth-host=scram-sha-256'],
    ],
    { signal },
  );
  await putInPlace(layout);
}

async function restore(input: BootstrapInput, source: NonNullable<AgentConfig['restore']>): Promise<void> {
  const { layout, signal, log } = input;
  const keys = await readRepositoryKeys(input.objectStoreDir);
  await writeFile(layout.pgbackrestRestore, renderPgbackrest(source, keys, { layout, port: input.port }), {
    mode: 0o600,
  });
  log.info({ repository: source.path }, 'restoring from a backup');
  await runCommand(
    'pgbackrest',
    [
      ...[`--config=${layout.pgbackrestRestore}`, `--stanza=${stanza}`, `--pg1-path=${layout.partial}`],
      ...(source.targetTime === undefined ? [] : ['--type=time', `--target=${source.targetTime}`]),
      'restore',
    ],
    { signal, onLine: (line) => log.info({ pgbackrest: line }, 'restoring') },
  );
  await writeFile(join(layout.partial, 'recovery.signal'), '');
  await rm(join(layout.partial, 'standby.signal'), { force: true });
  await putInPlace(layout);
}

/** Waits until the archive is replayed and the server is a primary on a timeline of its own. */
async function recoveryToEnd({ layout, port, postmaster, clock, goOn, log }: BootstrapInput): Promise<void> {
  const isRecovering = async (): Promise<boolean> => {
    const [row] = await withSession({ host: layout.run, port }, (session) =>
      session.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering'),
    );
    return row?.recovering ?? true;
  };
  while (await isRecovering()) {
    if (!postmaster.isRunning() || !goOn()) throw new Error('the restore did not come to its end');
    await clock.sleep(100);
  }
  log.info('the archive is replayed');
}

/** Roles with the passwords of this cluster's Secret, also in a database that came from another cluster. */
async function ensureRoles(session: Session, credentials: Credentials): Promise<void> {
  const { username, database } = credentials;
  const role = async (name: string, password: string, attributes: string): Promise<void> => {
    const [found] = await session.query('select from pg_roles where rolname = $1', [name]);
    await session.query(
      `${found ? 'alter' : 'create'} role ${identifier(name)} ${attributes} password ${literal(password)}`,
    );
  };
  await role('postgres', credentials.superuserPassword, 'superuser login');
  await role('replicator', credentials.replicationPassword, 'replication login');
  await role(username, credentials.password, 'login');
  // What pg_rewind reads on its source.
  for (const signature of [
    'pg_ls_dir(text, boolean, boolean)',
    'pg_stat_file(text, boolean)',
    'pg_read_binary_file(text)',
    'pg_read_binary_file(text, bigint, bigint, boolean)',
  ]) {
    await session.query(`grant execute on function pg_catalog.${signature} to replicator`);
  }
  const [found] = await session.query('select from pg_database where datname = $1', [database]);
  if (!found) await session.query(`create database ${identifier(database)} owner ${identifier(username)}`);
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Utility commands take no parameters, so the quoting is done here; the server checks standard_conforming_strings. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
