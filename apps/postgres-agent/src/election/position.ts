/** A place in the write-ahead log: first the timeline counts, then the LSN. */
export interface Position {
  readonly timeline: number;
  readonly lsn: bigint;
}

/** Reads Postgres' notation `HI/LO`, both hexadecimal. */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (!match) throw new Error(`"${text}" is not an LSN such as 0/3000148`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export function formatLsn(lsn: bigint): string {
  const hex = (part: bigint) => part.toString(16).toUpperCase();
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}

/** Negative when `a` has less of the history than `b`. Sound because no timeline is ever used by two holders. */
export function comparePositions(a: Position, b: Position): number {
  if (a.timeline !== b.timeline) return a.timeline - b.timeline;
  return a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0;
}
