import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { followPages, type EtcdMember } from '@stateful/etcd';
import { startEtcd, type Writer } from '@stateful/etcd/testing';
import { etcdBinary } from '@stateful/images';
import { condition, isOver } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

/** `BACKUP_RUNS=100` for the long version. */
const runs = Number(process.env['BACKUP_RUNS'] ?? 10);
const glances = runs * 3;
const writesPerSecond = 500;

/** Writes at a steady rate until it is stopped; answers how many a second it came to. */
function writeSteadily(writer: Writer): { stop(): Promise<number> } {
  let isOn = true;
  const startedAt = performance.now();
  let written = 0;
  const lane = async (index: number): Promise<void> => {
    while (isOn) {
      const due = startedAt + (written / writesPerSecond) * 1000;
      written++;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      await writer.put(`steady-${index}-${written % 100}`, String(written)).catch((error: unknown) => {
        if (isOn) throw error;
      });
    }
  };
  const lanes = Array.from({ length: 20 }, (_, index) => lane(index));
  return {
    async stop() {
      isOn = false;
      await Promise.all(lanes);
      return written / ((performance.now() - startedAt) / 1000);
    },
  };
}

/** Starts an etcd of one member from a snapshot, and asks it. */
async function restored<T>(snapshot: Buffer, ask: (member: EtcdMember) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-restored-'));
  try {
    const file = join(dir, 'snapshot.db');
    writeFileSync(file, snapshot);
    const peer = 'http://127.0.0.1:2380';
    await promisify(execFile)(await etcdBinary(), [
      ...['etcdutl', 'snapshot', 'restore', file, '--data-dir', join(dir, 'm0'), '--name', 'm0'],
      ...['--initial-cluster', `m0=${peer}`, '--initial-advertise-peer-urls', peer],
    ]);
    const etcd = await startEtcd(1, { dir });
    try {
      return await ask(etcd.members[0]!.client);
    } finally {
      await etcd.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe(`under ${writesPerSecond} writes a second`, () => {
  const used = useBackupWorld();
  beforeAll(() => etcdBinary().then(() => undefined), 1_200_000);

  it(
    `scenario 6: the recorded revision is that of a cluster restored from it, ${runs} times of ${runs}`,
    async () => {
      const { world, writer } = used;
      used.start();
      const steady = writeSteadily(writer);
      const found: { recorded: unknown; restored: unknown }[] = [];
      let rate: number;
      try {
        for (let run = 0; run < runs; run++) {
          const name = `busy-${run}`;
          await world.create(name);
          const backup = await world.until(name, isOver, 120_000);
          const { status, metadata } = backup;
          expect(condition(backup)).toMatchObject({ status: 'True' });
          expect(status?.verification).toMatchObject({ level: 'HashKV', result: 'Passed' });
          const object = await world.store.get(`test/v1/${metadata?.uid}/snapshot.db`);
          const { revision, hashKV, keys } = status?.etcd ?? {};
          const facts = await restored(object!, async (member) => ({
            revision: await member.revision(),
            hashKV: (await member.hashKV(0)).hash,
            keys: await member.keyCount(0),
          }));
          found.push({ recorded: { revision, hashKV, keys }, restored: facts });
        }
      } finally {
        rate = await steady.stop();
      }
      for (const { recorded, restored } of found) expect(restored).toEqual(recorded);
      expect(rate).toBeGreaterThan(writesPerSecond / 2);
      console.info(`${found.length} of ${runs} equal, at ${Math.round(rate)} writes a second`);
    },
    60_000 + runs * 20_000,
  );

  it('scenario 6: a revision that is read before is mostly another one', async () => {
    const { world, writer } = used;
    const member = world.etcd.members[1]!.client;
    const steady = writeSteadily(writer);
    let mismatches = 0;
    for (let run = 0; run < glances; run++) {
      const before = await member.revision();
      const pages = followPages();
      for await (const { blob } of member.snapshot({ idleMs: 10_000 })) pages.add(blob);
      if (pages.end().revision !== before) mismatches++;
    }
    await steady.stop();
    console.info(`${mismatches} of ${glances} wrong by the other method`);
    expect(mismatches).toBeGreaterThan(0);
  }, 180_000);
});
