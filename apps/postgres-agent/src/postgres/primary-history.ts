import { type Position } from '../election/position.ts';
import { isInHistory, parseHistory } from './history.ts';
import { withSession, type SessionOptions } from './session.ts';

export interface PrimaryIdentity {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** Whether WAL that ends there is part of its history. */
  has(position: Position): boolean;
}

/** Asks the primary who it is and what its history is, in the replication protocol. */
export function askPrimary(options: SessionOptions): Promise<PrimaryIdentity> {
  return withSession({ ...options, replication: true }, async (session) => {
    const [system] = await session.query<{ systemid: string; timeline: number }>('IDENTIFY_SYSTEM');
    const timeline = Number(system?.timeline);
    const [history] =
      timeline > 1 ? await session.query<{ content: Buffer | string }>(`TIMELINE_HISTORY ${timeline}`) : [];
    const ends = parseHistory(Buffer.from(history?.content ?? '').toString('utf8'));
    return {
      systemIdentifier: system?.systemid ?? '',
      timeline,
      has: (position) => isInHistory(position, timeline, ends),
    };
  });
}

/** Whether the primary has given up the WAL that this member's slot held back. */
export function isSlotLost(options: SessionOptions, slot: string): Promise<boolean> {
  return withSession({ ...options, replication: true }, async (session) => {
    const [row] = await session.query<{ slot_type: string | null; restart_lsn: string | null }>(
      `READ_REPLICATION_SLOT ${slot}`,
    );
    return row?.slot_type === 'physical' && row.restart_lsn === null;
  });
}
