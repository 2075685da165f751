import { type Quorum } from '@stateful/postgres-api';
import { type Clock, OperatorError } from '@stateful/reconcile-sdk';
import { acksNeeded } from '../election/quorum.ts';
import { synchronousStandbyNames } from './config.ts';
import { type Following } from './following.ts';
import { insertPosition } from './primary-queries.ts';
import { withSession, type Session } from './session.ts';

export interface SynchronousOptions {
  readonly self: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** Whether nobody was waited for until now, as far as is known. */
  readonly fromNone: boolean;
  /** Writes the configuration with this rule and has the postmaster take it. */
  readonly configure: (rule: Quorum) => Promise<void>;
}

/**
 * Puts a rule into effect in every process that could release a commit, and only then says so. The senders of WAL,
 * which release commits, are started anew after the postmaster has it.
 */
export async function putIntoEffect(
  rule: Quorum,
  order: number,
  options: SynchronousOptions,
): Promise<Following> {
  await options.configure(rule);
  return takeEffect(synchronousStandbyNames(rule, options.self), options, async (session) => {
    await session.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where backend_type = 'walsender' and application_name <> 'pg_basebackup'`,
    );
    return {
      order,
      rule,
      settled: acksNeeded(rule, options.self) === 0,
      from: await insertPosition(session),
    };
  });
}

const checkpointTimeoutMs = 120_000;

/**
 * Waits until a configuration that was written is in effect: the postmaster has it when a new session shows it; the
 * checkpointer, which tells backends whether to wait at all, when a checkpoint asked for afterwards has been made.
 * That one may take long; it is only needed where nobody was waited for before.
 */
export async function takeEffect<T>(
  wanted: string,
  { host, port, clock, fromNone }: Pick<SynchronousOptions, 'host' | 'port' | 'clock' | 'fromNone'>,
  then: (session: Session) => Promise<T>,
): Promise<T> {
  const deadline = clock.monotonic() + 10_000;
  while ((await withSession({ host, port }, shown)) !== wanted) {
    if (clock.monotonic() > deadline) {
      throw new OperatorError('timeout', 'Postgres does not take the new synchronous_standby_names');
    }
    await clock.sleep(20);
  }
  if (fromNone && wanted !== '') {
    await withSession({ host, port, queryTimeoutMs: checkpointTimeoutMs }, (session) =>
      session.query('checkpoint'),
    );
  }
  return withSession({ host, port }, then);
}

async function shown(session: Session): Promise<string> {
  const [row] = await session.query<{ value: string }>(
    `select current_setting('synchronous_standby_names') as value`,
  );
  return row?.value ?? '';
}
