import { parseLsn } from '../election/position.ts';
import { slotOf } from './config.ts';
import { type Session } from './session.ts';

export interface StandbyState {
  readonly name: string;
  readonly isStreaming: boolean;
  readonly flushed: bigint;
}

export async function standbys(session: Session): Promise<StandbyState[]> {
  const rows = await session.query<{ application_name: string; state: string; flush_lsn: string | null }>(
    'select application_name, state, flush_lsn from pg_stat_replication',
  );
  return rows.map((row) => ({
    name: row.application_name,
    isStreaming: row.state === 'streaming',
    flushed: row.flush_lsn === null ? 0n : parseLsn(row.flush_lsn),
  }));
}

export async function currentTimeline(session: Session): Promise<number> {
  const [row] = await session.query<{ file: string }>(
    'select pg_walfile_name(pg_current_wal_insert_lsn()) as file',
  );
  return Number.parseInt((row?.file ?? '').slice(0, 8), 16);
}

export async function insertPosition(session: Session): Promise<bigint> {
  const [row] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  return parseLsn(row?.lsn ?? '');
}

/** A standby serves nobody: slots from its time as primary would only hold back its WAL. */
export async function dropSlots(session: Session): Promise<void> {
  await session.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_type = 'physical' and not active`,
  );
}

/** A slot for each other member, and none for those that are no longer. */
export async function keepSlots(session: Session, members: readonly string[], self: string): Promise<void> {
  const wanted = new Set(members.filter((member) => member !== self).map(slotOf));
  const rows = await session.query<{ slot_name: string; active: boolean; wal_status: string | null }>(
    `select slot_name, active, wal_status from pg_replication_slots where slot_type = 'physical'`,
  );
  for (const { slot_name: name, active, wal_status: status } of rows) {
    // A slot whose WAL is gone cannot be used again: its member is copied anew with a new one.
    if (!active && (!wanted.has(name) || status === 'lost'))
      await session.query('select pg_drop_replication_slot($1)', [name]);
    if (status !== 'lost' || active) wanted.delete(name);
  }
  for (const name of wanted)
    await session.query('select pg_create_physical_replication_slot($1, true)', [name]);
}
