import { describe, expect, it } from '@jest/globals';
import { resources, type CronJob, type Job } from '@stateful/reconcile-sdk';
import { namespace, podsOf, simulatedCluster, template } from './cluster.ts';

const { jobs, cronJobs, pods } = resources;
const key = { namespace, name: 'j' };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const podTemplate = { ...template(), spec: { ...template().spec!, restartPolicy: 'Never' } };
const job = (spec: object = {}): Job => ({ metadata: key, spec: { template: podTemplate, ...spec } });
const conditionsOf = ({ status }: Job) =>
  status?.conditions?.map(({ type, reason }) => `${type} ${reason ?? ''}`);

describe('a Job', () => {
  it('runs its pods so many at a time until enough have ended well', async () => {
    const { clock, user, story } = simulatedCluster();
    await user.create(jobs, job({ completions: 3, parallelism: 2 }));
    await clock.advance(3_000);
    expect((await user.get(jobs, key)).status).toMatchObject({ active: 2 });
    await clock.advance(minuteMs);
    const done = await user.get(jobs, key);
    expect(done.status).toMatchObject({
      succeeded: 3,
      terminating: 0,
      ready: 0,
      uncountedTerminatedPods: {},
    });
    expect(done.status?.active).toBeUndefined();
    expect(conditionsOf(done)).toEqual([
      'SuccessCriteriaMet CompletionsReached',
      'Complete CompletionsReached',
    ]);
    expect(done.status?.completionTime).toBeDefined();
    expect(story.filter((line) => line.endsWith('made'))).toHaveLength(3);
    // Kept for their logs, and held by nobody.
    const { items } = await user.list(pods, { namespace });
    expect(items.map(({ metadata }) => metadata?.finalizers)).toEqual([undefined, undefined, undefined]);
  });

  it('waits longer after each failure, and gives up at its limit', async () => {
    const { clock, user, simulation, story } = simulatedCluster();
    simulation.plant({ kind: 'crash-loop', exitCode: 3 }, () => true);
    await user.create(jobs, job({ backoffLimit: 2 }));
    await clock.advance(5 * minuteMs);
    const failed = await user.get(jobs, key);
    expect(conditionsOf(failed)).toEqual([
      'FailureTarget BackoffLimitExceeded',
      'Failed BackoffLimitExceeded',
    ]);
    expect(failed.status).toMatchObject({ failed: 3 });
    const made = story.filter((line) => line.endsWith('made')).map((line) => Number(line.split(' ')[0]));
    expect(made.map((time, index) => Math.round((time - (made[index - 1] ?? 0)) / 5) * 5)).toEqual([
      0, 10, 20,
    ]);
  });

  it('is ended by its deadline, with its pods', async () => {
    const { clock, user } = simulatedCluster({ times: { runMs: hourMs } });
    await user.create(jobs, job({ activeDeadlineSeconds: 30 }));
    await clock.advance(minuteMs);
    expect(conditionsOf(await user.get(jobs, key))).toEqual([
      'FailureTarget DeadlineExceeded',
      'Failed DeadlineExceeded',
    ]);
    expect(await podsOf(user)).toEqual([]);
  });

  it('goes when its time to live is over, and takes its pods along', async () => {
    const { clock, user } = simulatedCluster();
    await user.create(jobs, job({ ttlSecondsAfterFinished: 60 }));
    await clock.advance(minuteMs);
    expect(await user.find(jobs, key)).toBeDefined();
    await clock.advance(minuteMs);
    expect(await user.find(jobs, key)).toBeUndefined();
    expect(await podsOf(user)).toEqual([]);
  });

  it('stands still while it is suspended', async () => {
    const { clock, user } = simulatedCluster({ times: { runMs: 30_000 } });
    await user.create(jobs, job());
    await clock.advance(5_000);
    await user.mergePatch(jobs, key, { spec: { suspend: true } });
    await clock.advance(5_000);
    expect(await podsOf(user)).toEqual([]);
    expect(conditionsOf(await user.get(jobs, key))).toEqual(['Suspended JobSuspended']);
    await user.mergePatch(jobs, key, { spec: { suspend: false } });
    await clock.advance(2 * minuteMs);
    expect(conditionsOf(await user.get(jobs, key))).toContain('Complete CompletionsReached');
  });

  it('with an index each completes every index', async () => {
    const { clock, user } = simulatedCluster();
    await user.create(jobs, job({ completionMode: 'Indexed', completions: 4, parallelism: 3 }));
    await clock.advance(minuteMs);
    expect((await user.get(jobs, key)).status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
  });

  it('obeys its policy about failed pods', async () => {
    const { clock, user, simulation } = simulatedCluster();
    simulation.plant({ kind: 'crash-loop', exitCode: 42 }, () => true);
    const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
    await user.create(jobs, job({ podFailurePolicy: { rules } }));
    await clock.advance(minuteMs);
    expect(conditionsOf(await user.get(jobs, key))).toEqual([
      'FailureTarget PodFailurePolicy',
      'Failed PodFailurePolicy',
    ]);
  });
});

describe('a CronJob', () => {
  const cron = (spec: object = {}): CronJob => ({
    metadata: { namespace, name: 'c' },
    spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: podTemplate } }, ...spec },
  });
  const cronKey = { namespace, name: 'c' };
  const namesOf = async ({ user }: Pick<ReturnType<typeof simulatedCluster>, 'user'>) =>
    (await user.list(jobs, { namespace })).items.map(({ metadata }) => metadata?.name);

  it('makes a Job at each time, named after it, and keeps so many of those that are over', async () => {
    const cluster = simulatedCluster();
    const hour = Math.floor(cluster.clock.now() / hourMs);
    await cluster.user.create(cronJobs, cron({ successfulJobsHistoryLimit: 2 }));
    await cluster.clock.advance(5.5 * hourMs);
    expect(await namesOf(cluster)).toEqual([`c-${(hour + 4) * 60}`, `c-${(hour + 5) * 60}`]);
    const { status } = await cluster.user.get(cronJobs, cronKey);
    expect(status).toMatchObject({
      lastScheduleTime: new Date((hour + 5) * hourMs).toISOString().replace('.000', ''),
    });
    expect(status?.active).toBeUndefined();
    expect(status?.lastSuccessfulTime).toBeDefined();
  });

  it('goes by the clock of its zone', async () => {
    const cluster = simulatedCluster();
    await cluster.user.create(cronJobs, cron({ schedule: '30 2 * * *', timeZone: 'Asia/Kolkata' }));
    await cluster.clock.advance(24 * hourMs);
    const { items } = await cluster.user.list(jobs, { namespace });
    expect(
      items.map(({ metadata }) => metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']),
    ).toEqual(['2030-01-02T02:30:00+05:30']);
    expect(items.map(({ metadata }) => metadata?.creationTimestamp?.slice(11, 16))).toEqual(['21:00']);
  });

  it.each([
    ['Allow', 3, 3],
    ['Forbid', 1, 1],
    ['Replace', 1, 1],
  ])('%s', async (concurrencyPolicy, alive) => {
    const cluster = simulatedCluster({ times: { runMs: 10 * hourMs } });
    await cluster.user.create(cronJobs, cron({ concurrencyPolicy }));
    await cluster.clock.advance(3.5 * hourMs);
    expect(await namesOf(cluster)).toHaveLength(alive);
    expect((await cluster.user.get(cronJobs, cronKey)).status?.active).toHaveLength(alive);
    const hour = Math.floor(cluster.clock.now() / hourMs);
    const newest = concurrencyPolicy === 'Forbid' ? hour - 2 : hour;
    expect((await namesOf(cluster)).at(-1)).toBe(`c-${newest * 60}`);
  });

  it('makes up for one missed time within its deadline, and for none after it', async () => {
    for (const [startingDeadlineSeconds, made] of [
      [3_600, 1],
      [60, 0],
    ] as const) {
      const cluster = simulatedCluster();
      await cluster.user.create(cronJobs, cron({ suspend: true, startingDeadlineSeconds }));
      await cluster.clock.advance(3.5 * hourMs);
      await cluster.user.mergePatch(cronJobs, cronKey, { spec: { suspend: false } });
      await cluster.clock.advance(minuteMs);
      expect(await namesOf(cluster)).toHaveLength(made);
    }
  });
});
