import { open } from 'node:fs/promises';
import {
  BrokenSnapshot,
  followDigests,
  followPages,
  type SnapshotFacts,
  type SnapshotKeys,
} from '@stateful/etcd';
import { AgentFailure } from '../failure.ts';
import { type Expected } from './expected.ts';

/** What a file turned out to be. `facts` and `keys` throw BrokenSnapshot. */
export interface Examined {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly isWhole: boolean;
  facts(): SnapshotFacts;
  /** Undefined: the hash of its keys was not asked for. */
  keys(): Promise<SnapshotKeys> | undefined;
}

/** At which revisions the keys are hashed; it has to be known before they go by. */
export interface HashAt {
  readonly revision: number;
  readonly compactRevision: number;
}

/** Follows a snapshot as its bytes go by. */
export function examine({ sha256 }: Expected, at: HashAt | undefined) {
  const digests = followDigests();
  const pages = followPages(at && { ...at, seed: sha256 });
  return {
    add(chunk: Uint8Array): void {
      digests.add(chunk);
      pages.add(chunk);
    },
    end: (): Examined => ({
      ...digests.end(),
      facts: () => pages.end(),
      keys: () => (at ? pages.keys() : undefined),
    }),
  };
}

export async function examineFile(
  path: string,
  expected: Expected,
  at: HashAt | undefined,
  signal: AbortSignal,
): Promise<Examined> {
  const looked = examine(expected, at);
  const file = await open(path);
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false, signal }))
      looked.add(chunk as Buffer);
  } finally {
    await file.close();
  }
  return looked.end();
}

/** What the snapshot holds, if it is the one that was meant. Throws StoredObjectDiffers, SnapshotUnreadable. */
export function judge(examined: Examined, expected: Expected, where: string): SnapshotFacts {
  const { sizeBytes, sha256, isWhole } = examined;
  if (sizeBytes !== expected.sizeBytes)
    throw differs(where, `it has ${sizeBytes} bytes, not ${expected.sizeBytes}`);
  if (sha256 !== expected.sha256) throw differs(where, 'its SHA-256 is another');
  if (!isWhole) throw differs(where, 'it does not end with the digest of its own bytes');
  let facts: SnapshotFacts;
  try {
    facts = examined.facts();
  } catch (cause) {
    if (!(cause instanceof BrokenSnapshot)) throw cause;
    throw new AgentFailure('SnapshotUnreadable', `the database in ${where} cannot be read`, { cause });
  }
  if (expected.revision !== undefined && facts.revision !== expected.revision)
    throw differs(where, `it is at revision ${facts.revision}, not ${expected.revision}`);
  return facts;
}

/** Its keys and their hash, as far as they can be told. Throws StoredObjectDiffers. */
export async function judgeKeys(
  keys: SnapshotKeys,
  { compactRevision }: HashAt,
  { hashKV: wanted }: Expected,
  where: string,
): Promise<{ hashKV?: number; keys?: number }> {
  const hash = await keys.hashKV(compactRevision);
  if (hash.ok && wanted !== undefined && !hash.hashes.includes(wanted))
    throw differs(where, `its HashKV is ${hash.hashes.join(' or ')}, not ${wanted}`);
  const hashKV = hash.ok && hash.hashes.length === 1 ? hash.hashes[0] : undefined;
  return {
    ...(hashKV === undefined ? {} : { hashKV }),
    ...(keys.keys === undefined ? {} : { keys: keys.keys }),
  };
}

const differs = (where: string, what: string): AgentFailure =>
  new AgentFailure('StoredObjectDiffers', `${where} is not what was backed up: ${what}`);
