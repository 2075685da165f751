/**
 * Backs up an etcd with a large database, and compares with `etcdctl snapshot save` followed by `aws s3 cp`: time, memory, disk,
 * and how long the operator's event loop is busy at a time. Exit code 1 when a bar is missed (scenarios 11 and 12).
 * Run: node --conditions=@stateful/source apps/etcd-backup-operator/bench/main.ts
 *   --mebibytes N   size of the database (default 8192)
 *   --rounds N      of each, in turns (default 5)
 *   --levels L,...  levels of verification (default Stream,Stored,HashKV); the first does the work that the rival does
 *   --more-rounds N of the other levels (default 2)
 *   --alone         no rival
 *   --dir DIR       where database and store are; what is there is used again, and kept
 *   --profile DIR   CPU profiles of the operator
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { etcdBinary } from '@stateful/images';
import { buildProgram } from '../test/process/start-operator.ts';
import { ours, rival, type Level, type Result } from './contest.ts';
import { missed, tableOf, type Contestant } from './report.ts';
import { startBenchWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    mebibytes: { type: 'string', default: '8192' },
    rounds: { type: 'string', default: '5' },
    'more-rounds': { type: 'string', default: '2' },
    levels: { type: 'string', default: 'Stream,Stored,HashKV' },
    alone: { type: 'boolean', default: false },
    dir: { type: 'string' },
    profile: { type: 'string' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const rounds = Number(values.rounds);
const databaseBytes = Number(values.mebibytes) * 2 ** 20;
const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'stateful-etcd-bench-'));
const nodeArgs = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
let missing: string[] = [];
try {
  const program = await buildProgram('main');
  const etcdctl = [await etcdBinary(), 'etcdctl'];
  print(`filling an etcd with ${values.mebibytes} MiB in ${dir}`);
  const world = await startBenchWorld(dir, databaseBytes, (done) =>
    process.stdout.write(`\r${Math.round(done / 2 ** 20)} MiB `),
  );
  const contestants = [
    ...values.levels.split(',').map((level, index) => ({
      name: `operator, verify ${level}`,
      rounds: index === 0 ? rounds : Number(values['more-rounds']),
      run: () => ours(world, program, level as Level, nodeArgs),
    })),
    ...(values.alone
      ? []
      : [{ name: 'etcdctl snapshot save, aws s3 cp', rounds, run: () => rival(world, etcdctl) }]),
  ].map((one) => ({ ...one, results: [] as Result[] }));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const { name, run, results, rounds: most } of contestants) {
        if (round > most) continue;
        await world.clear();
        // Nobody pays for what another has left in the page cache.
        spawnSync('sync');
        const result = await run();
        results.push(result);
        print(
          `${round}/${rounds} ${name}: ${result.seconds.toFixed(1)} s, ${Math.round(result.bytes / 1e6 / result.seconds)} MB/s`,
        );
      }
    }
  } finally {
    await world.clear();
    await world.stop();
    program.remove();
  }
  const all: Contestant[] = contestants;
  print(`\n${tableOf(all)}\n`);
  missing = missed(all[0]!, values.alone ? undefined : all.at(-1));
} finally {
  if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
}
for (const what of missing) print(`missed: ${what}`);
print(missing.length === 0 ? 'all bars hold' : `${missing.length} bars missed`);
process.exit(missing.length === 0 ? 0 : 1);
