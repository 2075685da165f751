import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * `fresh`: made here and never published. `broken`: a copy or rewind is unfinished, or the data cannot be brought
 * into line. `rewound`: whole again only with WAL that its primary still has to send.
 */
export type Mark = 'fresh' | 'broken' | 'rewound';

/**
 * Facts about the data that must be as durable as the data: which epoch it was last primary in, that it was made
 * here and never published, that a rewind is unfinished (`broken`), or finished and not caught up yet (`rewound`
 * as well).
 */
export interface Marks {
  heldEpoch(): number;
  setHeldEpoch(epoch: number): Promise<void>;
  has(mark: Mark): boolean;
  set(mark: Mark): Promise<void>;
  clear(mark: Mark): Promise<void>;
}

export function createMarks(folder: string): Marks {
  const path = (name: string): string => join(folder, name);
  return {
    heldEpoch() {
      const file = path('held-epoch');
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    },
    setHeldEpoch: (epoch) => writeDurably(folder, 'held-epoch', String(epoch)),
    has: (mark) => existsSync(path(mark)),
    set: (mark) => writeDurably(folder, mark, ''),
    async clear(mark) {
      if (!existsSync(path(mark))) return;
      await rm(path(mark), { force: true });
      await syncFolder(folder);
    },
  };
}

/** Whole or not at all, and still there after a loss of power. */
export async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `${name}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  await syncFolder(folder);
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
