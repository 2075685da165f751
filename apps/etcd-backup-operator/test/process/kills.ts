import { isOver } from '../backup-world.ts';
import { type ProcessWorld } from './process-world.ts';
import { type Subject } from './subjects.ts';

/** What became of the backups that stood at one place when the operator was killed. */
export interface KillResult {
  readonly place: string;
  /** Backups that stood there at the kill. */
  readonly rounds: number;
  /** Processes killed. */
  readonly kills: number;
  /** Attempts of a backup, as its ledger says: from, to. */
  readonly attempts: readonly [number, number];
  /** From the start of the next process until its backups were complete, median. */
  readonly seconds: number;
  readonly problems: readonly string[];
}

const withinMs = 120_000;

/** The places in the life of one backup, in order, as one process lists them that nobody kills. */
export async function listPlaces(world: ProcessWorld, subject: Subject): Promise<string[]> {
  const operator = world.startProcess();
  const name = `calm-${subject.name}`.toLowerCase();
  try {
    const { metadata } = await subject.create(name);
    const backup = await world.until(name, isOver, withinMs);
    const problems = await subject.problemsOf(backup);
    if (problems.length > 0) throw new Error(`without any kill: ${problems.join('; ')}`);
    return world.placesOf(metadata?.uid ?? '');
  } finally {
    await operator.end();
  }
}

/**
 * Kills the operator at one place until `rounds` backups have stood there, `together` at a time; each time another process has to
 * bring them to their end.
 */
export async function killAt(
  world: ProcessWorld,
  subject: Subject,
  place: string,
  { rounds, together, isBlind = false }: { rounds: number; together: number; isBlind?: boolean },
): Promise<KillResult> {
  const name = `${place.replaceAll(/[^a-z0-9]+/gi, '-')}-${world.proxy.seen.length}`.toLowerCase();
  const problems: string[] = [];
  const seconds: number[] = [];
  const attempts: number[] = [];
  let [stood, kills] = [0, 0];
  for (let batch = 0; stood < rounds && batch < 2 * Math.ceil(rounds / together); batch++) {
    const size = Math.min(together, rounds - stood);
    const first = world.startProcess({ killAt: place, together: size, isBlind });
    const names = Array.from({ length: size }, (_, index) => `${name}-${batch}-${index}`);
    const made = await Promise.all(names.map((one) => subject.create(one)));
    const how = await Promise.race([first.ended, later(withinMs)]);
    if (how !== 'SIGKILL') {
      problems.push(`the process did not come to its end there: ${how ?? 'it still runs'}`);
      await first.end();
    } else kills++;
    stood += made.filter(({ metadata }) => world.placesOf(metadata?.uid ?? '').at(-1) === place).length;
    const second = world.startProcess({ isBlind });
    const began = performance.now();
    try {
      const ends = await Promise.all(
        names.map(async (one) => {
          const backup = await world.until(one, isOver, withinMs);
          seconds.push((performance.now() - began) / 1000);
          return backup;
        }),
      );
      // Nothing of it may come later than its end.
      await second.end();
      for (const backup of ends) {
        attempts.push(backup.status?.lastBackupRequest?.attempt ?? 0);
        problems.push(...(await subject.problemsOf(backup)));
        await subject.remove(backup);
      }
    } catch (error) {
      problems.push(`${(error as Error).message}\n${second.log.slice(-5).join('\n')}`);
    } finally {
      await second.end();
    }
  }
  if (stood < rounds) problems.push(`only ${stood} backups came to this place`);
  return {
    place,
    rounds: stood,
    kills,
    attempts: [Math.min(...attempts), Math.max(...attempts)],
    seconds: seconds.toSorted((a, b) => a - b)[seconds.length >> 1] ?? 0,
    problems,
  };
}

/** For people and for docs/measurements.md. */
export const tableOf = (results: readonly KillResult[]): string =>
  [
    '| killed at | backups there | processes killed | attempts | seconds to the end, median | wrong |',
    '| --- | --- | --- | --- | --- | --- |',
    ...results.map(
      ({ place, rounds, kills, attempts: [from, to], seconds, problems }) =>
        `| ${place} | ${rounds} | ${kills} | ${from === to ? from : `${from} to ${to}`} | ${seconds.toFixed(1)} | ${problems.length} |`,
    ),
  ].join('\n');

const later = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
