import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom, resources } from '@stateful/reconcile-sdk';
import { startOperator } from './operator.ts';
import { restartAsAdvised } from './people.ts';
import { cluster, namespace, postgresClusters, postgresWorld, versions } from './world.ts';

const key = { namespace, name: 'pg' };
const { pods, jobs } = resources;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A cluster's life: an upgrade every week, something that breaks every day and a half, a backup every night. */
async function live(hours: number, seed: number) {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const world = postgresWorld({ clock, random });
  const { user, simulation, agents } = world;
  const operator = startOperator(world);
  const spec = {
    backupStore: { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' },
    backupSchedule: '02:30',
  };
  await user.create(postgresClusters, cluster(spec));
  let backups = 0;
  world.server.store.onChange(({ of, object, previous, deleted }) => {
    if (of === 'jobs.batch' && !previous && !deleted && object.metadata.name.startsWith('pg-backup-'))
      backups++;
  });
  const from = clock.now();
  const passed = (): number => (clock.now() - from) / hourMs;
  let [upgrades, broken] = [0, 0];
  while (passed() < hours) {
    await clock.advance(36 * hourMs * (0.5 + random.next()));
    broken++;
    const primary = (await user.get(postgresClusters, key)).status?.primary ?? '';
    const victim = random.next() < 0.5 ? primary : `pg-${Math.floor(random.next() * 3)}`;
    const node = (await user.get(pods, { namespace, name: victim })).spec?.nodeName ?? '';
    if (random.next() < 0.5) {
      simulation.loseNode(node);
      await clock.advance((10 + 110 * random.next()) * minuteMs);
      simulation.returnNode(node);
    } else await user.delete(pods, { namespace, name: victim });
    await clock.advance(10 * minuteMs);
    if (passed() > (upgrades + 1) * 168) {
      upgrades++;
      await user.mergePatch(postgresClusters, key, { spec: { version: versions[upgrades] } });
      await clock.advance(minuteMs);
      await restartAsAdvised(world);
    }
  }
  await clock.advance(hourMs);
  const before = operator.writes.length;
  // Until shortly before the next backup is due, nothing is left to do.
  await clock.advance(Math.max(0, hourMs / 2));
  const { status } = await user.get(postgresClusters, key);
  const result = {
    hours: Math.round(passed()),
    upgrades,
    broken,
    backups,
    epoch: status?.epoch,
    operatorWrites: operator.writes.length,
    allWrites: world.server.store.revision(),
    quiet: operator.writes.length - before,
    jobs: (await user.list(jobs, { namespace })).items.length,
    status,
    violations: agents.violations,
    complaints: operator.complaints,
  };
  await operator.stop();
  world.stop();
  return result;
}

describe('a PostgresCluster through the weeks', () => {
  it('lives for 1,000 hours with upgrades, failovers and backups, and ends as it should be', async () => {
    const before = process.cpuUsage();
    const { status, violations, complaints, ...figures } = await live(1_000, 1);
    const { user, system } = process.cpuUsage(before);
    const seconds = ((user + system) / 1e6).toFixed(1);
    process.stdout.write(`${JSON.stringify(figures)} in ${seconds} s of processor time\n`);
    expect(violations).toEqual([]);
    expect(complaints).toEqual([]);
    expect(
      status?.conditions
        ?.filter(({ type }) => type !== 'Degraded')
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['BackupSucceeded', 'Healthy', 'Settled']);
    expect(figures.upgrades).toBeGreaterThanOrEqual(5);
    expect(figures.backups).toBeGreaterThanOrEqual(40);
    expect(figures.epoch).toBeGreaterThan(figures.upgrades);
  }, 600_000);

  it('does the same again for the same seed', async () => {
    const first = await live(80, 7);
    expect(await live(80, 7)).toEqual(first);
  }, 600_000);
});
