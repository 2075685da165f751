import { createRecorder, type MicroOp } from '@stateful/testing';
import { committedAlone, isRefusal } from './outcome.ts';
import { clock, createSession, makeTable, pause, type Session } from './session.ts';

/**
 * Load for the list-append checker: transactions that read and append to a few lists, several steps each, from many
 * sessions at once. Keys are retired after a while, so that lists stay short and there is always contention.
 *
 * Environment: HOST, PORT, TABLE, WRITERS (how many), PAUSE_MS (between two), FIRST (its elements are counted from
 * here, so that no two programs append the same), ISOLATION, PGUSER, PGPASSWORD, PGDATABASE.
 */
const { TABLE = 'lists', WRITERS = '4', PAUSE_MS = '20', FIRST = '0' } = process.env;
const { ISOLATION = 'repeatable read' } = process.env;
const keysInUse = 12;
const appendsToOneKey = 64;
const mostSteps = 4;
let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));

const recorder = createRecorder<'txn', readonly MicroOp[]>(clock, (event) =>
  process.stdout.write(`${JSON.stringify(event)}\n`),
);
let appends = 0;
const below = (limit: number): number => Math.floor(Math.random() * limit);

function nextSteps(): MicroOp[] {
  return Array.from({ length: 1 + below(mostSteps) }, (): MicroOp => {
    const oldest = Math.floor(appends / (keysInUse * appendsToOneKey)) * keysInUse;
    const key = `k${oldest + below(keysInUse)}`;
    return below(2) === 0 ? ['append', key, Number(FIRST) + ++appends] : ['r', key, null];
  });
}

async function step(session: Session, asked: MicroOp): Promise<MicroOp> {
  const [what, key, element] = asked;
  if (what === 'append') {
    await session.query(
      `insert into ${TABLE} (key, list) values ($1, array[$2::int]) on conflict (key) do update set list = ${TABLE}.list || $2::int`,
      [key, element],
    );
    return asked;
  }
  const { rows } = await session.query(`select list from ${TABLE} where key = $1`, [key]);
  return ['r', key, (rows[0]?.['list'] as number[] | undefined) ?? []];
}

async function work(name: string): Promise<void> {
  const session = createSession();
  while (await session.ready(() => isStopping)) {
    const asked = nextSteps();
    const transaction = recorder.invoke(name, 'txn', asked);
    let isCommitting = false;
    session.wasLocal();
    try {
      // Sessions that were cut off keep their locks: nobody waits for those for long.
      await session.query(`begin isolation level ${ISOLATION}; set local lock_timeout = 300`);
      const answered: MicroOp[] = [];
      for (const one of asked) answered.push(await step(session, one));
      isCommitting = true;
      await session.query('commit');
      if (session.wasLocal()) transaction.info(committedAlone);
      else transaction.ok(answered);
    } catch (error) {
      // Before the commit was sent nothing can have happened, whatever became of the connection.
      const isOver = isRefusal(error);
      if (!isCommitting || isOver) transaction.fail(error);
      else transaction.info(error);
      // Transactions that collide are many here: their session goes on.
      if (!isOver) session.drop();
      else await session.query('rollback').catch(() => session.drop());
    }
    await pause(Number(PAUSE_MS));
  }
  session.drop();
}

await makeTable(`${TABLE} (key text primary key, list int[] not null)`, () => isStopping);
await Promise.all(
  Array.from({ length: Number(WRITERS) }, (_, index) => work(`${process.env['HOSTNAME'] ?? 'w'}-${index}`)),
);
