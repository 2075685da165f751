/**
 * Two leaders, many faults, a real API server: shows that no write of an old leader comes after the first one of
 * its successor. Run: node --conditions=@stateful/source packages/reconcile-sdk/test/election/two-leaders.ts
 *   --rounds N    of each fault at most once per round, in the seed's order (default 20)
 *   --seed S      (default 1)
 *   --default-times   the times that operators have (15 s, 10 s, 2 s), not a fifth of them
 *   --packets     faults of real packets too: runs in a network namespace of its own (Linux, root, nft)
 *   --only TEXT   faults whose name contains it
 *   --without fence|cut|thread   a negative control: writes are not fenced, or not cut when the term ends, or the
 *                 Lease is renewed on the main loop
 *   --unprotected also what is not protected from, which is counted apart
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startControlPlane, terminalLog } from '@stateful/local-cluster';
import { createSeededRandom } from '../../src/clock/index.ts';
import { openArena } from './arena.ts';
import {
  allBlackHole,
  allCut,
  delayed,
  frozen,
  heldWrites,
  hungLoop,
  killed,
  leaseBlackHole,
  leaseCut,
  stalledAndBlackHole,
  stalledAndCut,
  stalledLoop,
  stopped,
  type Fault,
} from './faults.ts';
import { lateWrites } from './oracle.ts';
import { droppedPackets, droppedPacketsAndStall } from './packet-faults.ts';
import { round, tableOf, type RoundResult } from './round.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'default-times': { type: 'boolean', default: false },
    packets: { type: 'boolean', default: false },
    unprotected: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    without: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
});
const ownNetwork = 'TWO_LEADERS_OWN_NETWORK';
if (values.packets && process.env[ownNetwork] === undefined) {
  const { status } = spawnSync(
    'unshare',
    [
      '--net',
      'sh',
      '-c',
      'ip link set lo up && exec "$@"',
      'sh',
      process.execPath,
      ...process.execArgv,
      ...process.argv.slice(1),
    ],
    { stdio: 'inherit', env: { ...process.env, [ownNetwork]: '1' } },
  );
  process.exit(status ?? 1);
}

const times = values['default-times']
  ? { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, stalledAfterMs: 30_000 }
  : { durationMs: 4_000, renewDeadlineMs: 2_500, retryMs: 400, stalledAfterMs: 9_000 };
const marginMs = times.durationMs - times.renewDeadlineMs;
const every: Fault[] = [
  stalledLoop,
  hungLoop,
  stalledAndCut,
  stalledAndBlackHole,
  leaseCut,
  leaseBlackHole,
  allCut,
  allBlackHole,
  delayed(Math.round(marginMs / 2)),
  frozen,
  stopped,
  killed,
  ...(values.packets ? [droppedPackets, droppedPacketsAndStall] : []),
];
const faults = every.filter(({ name }) => name.includes(values.only));
const has = (what: string): boolean => !values.without.includes(what);

const random = createSeededRandom(Number(values.seed));
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const plane = await startControlPlane({ auditLog: true, log: terminalLog() });
const results: RoundResult[] = [];
const problems: string[] = [];
try {
  const arena = await openArena({
    plane,
    namespace: 'two-leaders',
    times,
    fence: has('fence'),
    cutsWrites: has('cut'),
    thread: has('thread'),
    ...(values.verbose ? { log: print } : {}),
  });
  let queue: Fault[] = [];
  for (let number = 1; number <= Number(values.rounds); number++) {
    // Every fault once before any comes again.
    if (queue.length === 0) queue = [...faults];
    const [fault] = queue.splice(Math.floor(random.next() * queue.length), 1);
    try {
      const result = await round(arena, fault!);
      results.push(result);
      print(
        `${number}: ${result.fault}: gap ${Math.round(result.gapMs ?? 0)} ms, late ${result.late.length}`,
      );
    } catch (error) {
      problems.push(`${number}: ${fault!.name}: ${String(error)}`);
      print(problems.at(-1)!);
    }
  }
  const [late, lateByAudit] = [lateWrites(arena.writes()), lateWrites(arena.auditedWrites())];
  print(`\n${tableOf(results)}\n`);
  print(
    `${arena.writes().length} writes; late by etcd's order ${late.length}, by the audit log ${lateByAudit.length}`,
  );
  for (const each of [...late, ...lateByAudit].slice(0, 10)) problems.push(JSON.stringify(each));
  if (values.unprotected) {
    const result = await round(arena, heldWrites);
    print(
      `not protected: ${result.fault}: gap ${Math.round(result.gapMs ?? 0)} ms, late ${result.late.length}`,
    );
  }
  await arena.close();
} finally {
  await plane.stop();
}
for (const problem of problems) print(`FAILED ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
