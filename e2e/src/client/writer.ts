import { Client } from 'pg';

/**
 * The load of the end-to-end tests: a program that runs in a pod and writes rows as an application would. Each
 * writer inserts uniquely numbered rows, one commit each, and prints what the server answered, with the time:
 *
 *     {"at":1767225600000,"row":"a-17","outcome":"acknowledged"}   the commit was acknowledged
 *     {"at":…,"row":"a-18","outcome":"unknown"}                    the connection broke before an answer came
 *     {"at":…,"row":"a-19","outcome":"refused"}                    the server said no: it is not there
 *     {"at":…,"row":"a-20","outcome":"local"}                      committed without the replicas; it does not count
 *
 * Environment: HOST, PORT, TABLE, WRITERS (how many), PAUSE_MS (between two rows), PGUSER, PGPASSWORD, PGDATABASE.
 */
const { HOST = '', PORT = '5432', TABLE = 'rows', WRITERS = '4', PAUSE_MS = '20' } = process.env;
const connectTimeoutMs = 1_000;
const answerTimeoutMs = 3_000;
let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));

const say = (row: string, outcome: string, error?: unknown): void => {
  const because = error instanceof Error ? { error: error.message } : {};
  process.stdout.write(`${JSON.stringify({ at: Date.now(), row, outcome, ...because })}\n`);
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function connect(onWarning: () => void): Promise<Client> {
  const client = new Client({
    host: HOST,
    port: Number(PORT),
    ssl: { rejectUnauthorized: false },
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  // "canceling wait for synchronous replication": committed here, and perhaps nowhere else.
  client.on('notice', onWarning);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function write(writer: string): Promise<void> {
  let client: Client | undefined;
  let isLocal = false;
  for (let number = 0; !isStopping; number++) {
    const row = `${writer}-${number}`;
    try {
      client ??= await connect(() => (isLocal = true));
    } catch {
      number--;
      await pause(50);
      continue;
    }
    isLocal = false;
    try {
      await client.query(`insert into ${TABLE} (id) values ($1)`, [row]);
      say(row, isLocal ? 'local' : 'acknowledged');
    } catch (error) {
      // A five-letter code is the server's own word, but those of class 57 and 08 end sessions at any moment.
      const code = (error as { code?: string }).code ?? '';
      const isRefusal = /^[0-9A-Z]{5}$/.test(code) && !/^(57|08)/.test(code);
      say(row, isRefusal ? 'refused' : 'unknown', error);
      const broken = client;
      client = undefined;
      broken.end().catch(() => undefined);
    }
    await pause(Number(PAUSE_MS));
  }
  await client?.end().catch(() => undefined);
}

async function makeTable(): Promise<void> {
  for (;;) {
    try {
      const client = await connect(() => undefined);
      try {
        await client.query(
          `create table if not exists ${TABLE} (id text not null, at timestamptz default now())`,
        );
        return;
      } finally {
        await client.end().catch(() => undefined);
      }
    } catch (error) {
      if (isStopping) return;
      say('table', 'waiting', error);
      await pause(200);
    }
  }
}

await makeTable();
await Promise.all(
  Array.from({ length: Number(WRITERS) }, (_, index) => write(`${process.env['HOSTNAME'] ?? 'w'}-${index}`)),
);
