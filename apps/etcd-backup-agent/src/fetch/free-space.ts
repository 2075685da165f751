import { statfs } from 'node:fs/promises';
import { AgentFailure } from '../failure.ts';

/** The snapshot, the database that is made of it, and what etcd writes when it starts. */
const factor = 2.2;

/** Bytes that whoever asks may still write there. */
export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytes: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Ends a restore that could not end well before anything is written. `present`: bytes that are there already. */
export async function needSpace(
  folder: string,
  { sizeBytes, present }: { sizeBytes: number; present: number },
  free: FreeBytes,
): Promise<void> {
  const needed = Math.ceil(sizeBytes * factor) - present;
  const available = await free(folder);
  if (available >= needed) return;
  throw new AgentFailure(
    'NoSpace',
    `${folder} has ${megabytes(available)} free and a restore of ${megabytes(sizeBytes)} needs ${megabytes(needed)} (${factor} times its size): give it a larger disk`,
  );
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
