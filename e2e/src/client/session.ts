import { Client } from 'pg';

/**
 * FIRST_HOST is where the first connection of each session goes: as one that was open before all began, and that is
 * asked until it breaks. Later ones go to HOST, the Service, as an application's do.
 */
const { HOST = '', PORT = '5432', FIRST_HOST = HOST } = process.env;
const connectTimeoutMs = 1_000;
const answerTimeoutMs = 3_000;

/** One session, kept until it breaks. */
export interface Session {
  /** Runs SQL; a connection is made first where there is none. Throws what the server or the network said. */
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** Waits until there is a connection, asking again and again; false when `isStopping` said so first. */
  ready(isStopping: () => boolean): Promise<boolean>;
  /** True when the server warned since the last call that a commit was not waited for: it is on this server alone. */
  wasLocal(): boolean;
  /** Throws the connection away. */
  drop(): void;
}

export function createSession(): Session {
  let client: Client | undefined;
  let isLocal = false;
  let host = FIRST_HOST;
  const drop = (): void => {
    client?.end().catch(() => undefined);
    client = undefined;
  };
  const open = async (): Promise<Client> => {
    const fresh = new Client({
      host,
      port: Number(PORT),
      ssl: { rejectUnauthorized: false },
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
    });
    fresh.on('error', () => undefined);
    // "canceling wait for synchronous replication": committed here, and perhaps nowhere else.
    fresh.on('notice', () => (isLocal = true));
    try {
      await fresh.connect();
      // As target_session_attrs=read-write does: a Service may for a moment still lead to a former primary.
      const { rows } = await fresh.query<{ is: boolean }>('select pg_is_in_recovery() as is');
      if (rows[0]?.is !== false) throw new Error(`${host} is a replica`);
      host = HOST;
      return fresh;
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
  };
  return {
    async query(text, values = []) {
      client ??= await open();
      return client.query(text, [...values]);
    },
    async ready(isStopping) {
      while (!client && !isStopping()) {
        try {
          client = await open();
        } catch {
          await pause(50);
        }
      }
      return !isStopping();
    },
    wasLocal() {
      const was = isLocal;
      isLocal = false;
      return was;
    },
    drop,
  };
}

/** Makes a table, asking until there is a server that does it. */
export async function makeTable(definition: string, isStopping: () => boolean): Promise<void> {
  const session = createSession();
  while (await session.ready(isStopping)) {
    try {
      session.drop();
      await session.query(`create table if not exists ${definition}`);
      break;
    } catch {
      await pause(200);
    }
  }
  session.drop();
}

/** Milliseconds since the epoch, of a clock that never steps back: the tests compare it with their own. */
export const clock = { monotonic: (): number => performance.timeOrigin + performance.now() };

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
