import { parseLsn, type Position } from '../election/position.ts';

/** One end of a timeline: `timeline` was left at `lsn`. */
export interface TimelineEnd {
  readonly timeline: number;
  readonly lsn: bigint;
}

/** Reads a timeline history file. What is not of its form is skipped, as Postgres does with comments. */
export function parseHistory(text: string): TimelineEnd[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/.exec(line);
    return match ? [{ timeline: Number(match[1]), lsn: parseLsn(match[2] ?? '') }] : [];
  });
}

/** Whether WAL that ends at `position` is part of the history of `timeline`, whose history file has `ends`. */
export function isInHistory(position: Position, timeline: number, ends: readonly TimelineEnd[]): boolean {
  if (position.timeline === timeline) return true;
  const end = ends.find((entry) => entry.timeline === position.timeline);
  return end !== undefined && position.lsn <= end.lsn;
}

export const historyFile = (timeline: number): string =>
  `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;

/** The newest timeline that files in pg_wal belong to; 1 when there is none. */
export function newestTimeline(walFiles: readonly string[]): number {
  const timelines = walFiles
    .filter((name) => /^[0-9A-F]{24}(\.partial)?$/.test(name))
    .map((name) => Number.parseInt(name.slice(0, 8), 16));
  return Math.max(1, ...timelines);
}
