import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { agentResultOf, type AgentSuccess } from '@stateful/etcd-backup-api';
import { AgentFailure } from '../failure.ts';
import { isThere, syncFolder } from '../files.ts';
import { decideBack, decideSwap, type Move, type Places, type SwapDecision } from './decide-swap.ts';

export interface SwapFolders {
  /** etcd's `--data-dir`. */
  readonly dataDir: string;
  /** Names the restore: its staging folder and what is kept. */
  readonly op: string;
}

type Result = Omit<AgentSuccess, 'ok'>;

const foldersOf = ({ dataDir, op }: SwapFolders) => {
  const staging = join(dataDir, `.restore-${op}`);
  return {
    current: join(dataDir, 'member'),
    old: join(dataDir, `member.pre-${op}`),
    staging,
    staged: join(staging, 'data', 'member'),
    facts: join(staging, 'fetched.json'),
  };
};
type Folders = ReturnType<typeof foldersOf>;

async function look({ current, old, staged }: Folders): Promise<Places> {
  return {
    current: await isThere(current),
    old: (await isThere(old)) && ((await readdir(old)).length > 0 ? 'data' : 'empty'),
    staged: await isThere(staged),
  };
}

/** The new data takes its place, the old is kept beside it. */
export const swap = (folders: SwapFolders): Promise<Result> => carryOut(folders, decideSwap, 'New');

/** The old data takes its place again; what was made is deleted. */
export async function swapBack(folders: SwapFolders): Promise<Result> {
  const result = await carryOut(folders, decideBack, 'Old');
  await rm(foldersOf(folders).staging, { recursive: true, force: true });
  return result;
}

/** Deletes what was kept from before, and what is left of the restore. The new data must be in its place. */
export async function forget(folders: SwapFolders): Promise<Result> {
  const of = foldersOf(folders);
  const { current, old, staged } = await look(of);
  if (staged || (old && !current)) {
    throw new AgentFailure(
      'NothingStaged',
      `${of.old} is kept: the new data is not in its place, so that this may be all that there is`,
    );
  }
  await rm(of.old, { recursive: true, force: true });
  await rm(of.staging, { recursive: true, force: true });
  return { data: 'New', changed: old !== false };
}

/** Whether the new data is made and may take its place; tells what is in it. */
export async function checkStaged(folders: SwapFolders): Promise<Result> {
  const of = foldersOf(folders);
  const places = await look(of);
  if (places.staged) {
    const parts = [join(of.staged, 'snap', 'db'), join(of.staged, 'wal')];
    for (const part of parts) {
      if (await isThere(part)) continue;
      throw new AgentFailure('NothingStaged', `${part} is missing: the new data is not whole`, {
        isFinal: false,
      });
    }
  } else if (!(places.old && places.current)) {
    throw new AgentFailure('NothingStaged', `${of.staged} does not exist: no new data was made`);
  }
  const fetched = agentResultOf(await readFile(of.facts, 'utf8').catch(() => undefined));
  if (!fetched?.ok)
    throw new AgentFailure('NothingStaged', `${of.facts} does not say what the new data is made of`);
  const { ok: _, ...facts } = fetched;
  return { ...facts, data: places.staged ? 'Old' : 'New' };
}

async function carryOut(
  folders: SwapFolders,
  decide: (places: Places) => SwapDecision,
  data: 'Old' | 'New',
): Promise<Result> {
  const of = foldersOf(folders);
  const decision = decide(await look(of));
  if (!decision.ok) throw new AgentFailure(decision.code, `${folders.dataDir}: ${decision.message}`);
  for (const move of decision.moves) {
    await perform(move, of);
    // In this order on the disk, too.
    await syncFolder(folders.dataDir);
    await syncFolder(dirname(of.staged)).catch(() => undefined);
  }
  return { data, changed: decision.moves.length > 0 };
}

async function perform(move: Move, { current, old, staged }: Folders): Promise<void> {
  switch (move) {
    case 'current-to-old':
      return rename(current, old);
    case 'mark-empty':
      return void (await mkdir(old));
    case 'staged-to-current':
      return rename(staged, current);
    case 'current-to-staged':
      await mkdir(dirname(staged), { recursive: true });
      return rename(current, staged);
    case 'old-to-current':
      return rename(old, current);
    case 'unmark':
      return rmdir(old);
  }
}
