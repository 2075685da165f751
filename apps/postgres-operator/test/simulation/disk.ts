/** What is on the volume of one instance. Positions in the WAL are virtual milliseconds since the epoch. */
export interface Disk {
  systemIdentifier?: string;
  timeline: number;
  position: number;
  /** The last epoch in which this instance was primary. */
  heldEpoch: number;
}

export const emptyDisk = (): Disk => ({ timeline: 0, position: 0, heldEpoch: 0 });

/** Whether the WAL of one goes further than that of another. */
export const isAhead = (a: Disk, b: Disk): boolean =>
  a.timeline > b.timeline || (a.timeline === b.timeline && a.position > b.position);

/** As Postgres writes a position: two hexadecimal halves. */
export const lsnOf = ({ position }: Disk): string =>
  `${Math.floor(position / 2 ** 32)
    .toString(16)
    .toUpperCase()}/${(position % 2 ** 32).toString(16).toUpperCase()}`;
