import { Client, type QueryResultRow } from 'pg';
import { OperatorError } from '@stateful/reconcile-sdk';

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly tls?: boolean;
  /** A connection in the replication protocol, for its few commands. */
  readonly replication?: boolean;
  /** For statements that may take long. */
  readonly queryTimeoutMs?: number;
}

export interface Session {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

const connectTimeoutMs = 2_000;
const queryTimeoutMs = 5_000;

/** One connection for one purpose: opened, used, closed. Always with an empty search path. */
export async function withSession<T>(
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: options.host,
    port: options.port,
    user: options.user ?? 'postgres',
    database: options.database ?? 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: options.queryTimeoutMs ?? queryTimeoutMs,
    application_name: 'postgres-agent',
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls ? { ssl: { rejectUnauthorized: false } } : {}),
    // Not in the driver's types: the startup parameter of the protocol.
    ...(options.replication ? ({ replication: 'true' } as object) : {}),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (!options.replication) await client.query(`set search_path = ''; set synchronous_commit = local`);
    return await use({
      async query<Row extends QueryResultRow>(text: string, values?: unknown[]) {
        const result = values ? await client.query<Row>(text, values) : await client.query<Row>(text);
        return result.rows;
      },
    });
  } catch (cause) {
    throw new OperatorError(
      'unavailable',
      `Postgres at ${options.host}:${options.port} does not answer as it should`,
      { cause },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
