import { createRecorder, type SetValue } from '@stateful/testing';
import { committedAlone, isRefusal } from './outcome.ts';
import { clock, createSession, makeTable, pause } from './session.ts';

/**
 * Load for the set checker: a program that runs in a pod and writes rows as an application would. Each writer
 * inserts uniquely numbered rows, one commit each, and prints the history: what it asked, what it was told, and when.
 * A commit that did not wait for the replicas is in doubt (`info`): it may be on one server alone.
 *
 * Environment: HOST, PORT, TABLE, WRITERS (how many), PAUSE_MS (between two rows), PGUSER, PGPASSWORD, PGDATABASE.
 */
const { TABLE = 'rows', WRITERS = '4', PAUSE_MS = '20', HOSTNAME = 'w' } = process.env;
let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));

const recorder = createRecorder<'insert' | 'read', SetValue>(clock, (event) =>
  process.stdout.write(`${JSON.stringify(event)}\n`),
);

async function write(writer: string): Promise<void> {
  const session = createSession();
  for (let number = 0; await session.ready(() => isStopping); number++) {
    const row = `${writer}-${number}`;
    const insert = recorder.invoke(writer, 'insert', { row });
    session.wasLocal();
    try {
      await session.query(`insert into ${TABLE} (id) values ($1)`, [row]);
      if (session.wasLocal()) insert.info(committedAlone);
      else insert.ok({ row });
    } catch (error) {
      if (isRefusal(error)) insert.fail(error);
      else insert.info(error);
      session.drop();
    }
    await pause(Number(PAUSE_MS));
  }
  session.drop();
}

await makeTable(`${TABLE} (id text not null, at timestamptz default now())`, () => isStopping);
await Promise.all(Array.from({ length: Number(WRITERS) }, (_, index) => write(`${HOSTNAME}-${index}`)));
