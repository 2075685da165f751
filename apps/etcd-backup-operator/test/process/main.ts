/**
 * Kills the operator at each boundary of its ledger, for real: exactly one object, one manifest, no open upload.
 * Run: node --conditions=@stateful/source apps/etcd-backup-operator/test/process/main.ts
 *   --rounds N    backups that stand at each place when it is killed (default 20)
 *   --together N  of them at a time in one process (default 5)
 *   --method M    Snapshot or EbsVolume (default: both)
 *   --only TEXT   places whose name contains it
 *   --blind       a control, which has to fail: the operator does not see open uploads
 */
import { parseArgs } from 'node:util';
import { killAt, listPlaces, tableOf, type KillResult } from './kills.ts';
import { startProcessWorld } from './process-world.ts';
import { snapshots, volumes } from './subjects.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    together: { type: 'string', default: '5' },
    method: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    blind: { type: 'boolean', default: false },
  },
});
const began = performance.now();
const world = await startProcessWorld('killable');
const results: KillResult[] = [];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
try {
  for (const open of [snapshots, volumes]) {
    const subject = await open(world);
    if (values.method !== '' && values.method !== subject.name) continue;
    const all = await listPlaces(world, subject);
    const places = all.filter((place) => place.includes(values.only));
    print(`${subject.name}: ${places.length} of ${all.length} places, ${values.rounds} backups each`);
    for (const [index, place] of places.entries()) {
      const result = await killAt(world, subject, place, {
        rounds: Number(values.rounds),
        together: Number(values.together),
        isBlind: values.blind,
      });
      results.push(result);
      const { rounds, kills, seconds, problems } = result;
      print(
        [
          `${index + 1}/${places.length} ${place}: ${rounds} backups, ${kills} kills, ${seconds.toFixed(1)} s`,
          ...problems,
        ].join('\n    '),
      );
    }
    await subject.stop();
  }
} finally {
  await world.stop();
}
const wrong = results.filter(({ problems }) => problems.length > 0).length;
const sum = (of: 'rounds' | 'kills'): number => results.reduce((total, result) => total + result[of], 0);
print(`\n${tableOf(results)}\n`);
print(
  `${results.length} places, ${sum('kills')} processes killed, ${sum('rounds')} backups, ${wrong} places with something wrong, ${Math.round((performance.now() - began) / 1000)} s`,
);
process.exit(wrong > 0 || results.length === 0 ? 1 : 0);
