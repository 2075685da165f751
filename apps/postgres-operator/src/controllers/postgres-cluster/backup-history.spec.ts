import { describe, expect, it } from '@jest/globals';
import { type LastBackup, type PostgresClusterStatus } from '@stateful/postgres-api';
import { type CronJob, type Job } from '@stateful/reconcile-sdk';
import { backupStore, cluster, job, noon, snapshot } from '../../../test/snapshot-fixture.ts';
import { backupVerdict } from './backup-condition.ts';
import { backupHistory } from './backup-history.ts';

const history = (jobs: Job[], status: PostgresClusterStatus = {}) =>
  backupHistory(snapshot({ jobs, cluster: cluster({}, { status }) }));
const good = (id: string, finishedAt: string): LastBackup => ({ id, state: 'Succeeded', finishedAt });

describe('backupHistory', () => {
  it('takes the newest result, and the newest good one', () => {
    const { last, lastSuccessful } = history([
      job('b-1', 'Complete', '2030-01-01T02:30:00Z', {
        state: 'Succeeded',
        label: '20300101F',
        sizeBytes: 7,
      }),
      job('b-2', 'Failed', '2030-01-01T04:00:00Z', { state: 'Failed', error: 'no space' }),
    ]);
    expect(last).toMatchObject({ id: 'b-2', state: 'Failed', error: 'no space' });
    expect(lastSuccessful).toMatchObject({ id: 'b-1', label: '20300101F', sizeBytes: 7 });
  });

  it('remembers results whose Jobs are gone', () => {
    const before = good('b-1', '2030-01-01T02:30:00Z');
    const failed = job('b-2', 'Failed', '2030-01-01T04:00:00Z');
    expect(history([failed], { lastBackup: before, lastSuccessfulBackup: before })).toMatchObject({
      last: { id: 'b-2', state: 'Failed', error: 'Job b-2 failed: BackoffLimitExceeded' },
      lastSuccessful: before,
    });
    expect(history([], { lastBackup: before, lastSuccessfulBackup: before }).last).toEqual(before);
  });

  it('believes no Job that ended well without a result', () => {
    for (const result of [undefined, { state: 'Perhaps' as 'Failed' }]) {
      expect(history([job('b-1', 'Complete', '2030-01-01T02:30:00Z', result)])).toMatchObject({
        last: { state: 'Failed', error: 'Job b-1 ended without a result that can be read' },
        lastSuccessful: undefined,
      });
    }
  });

  it('takes from a result no time that the API server would refuse', () => {
    const written = {
      state: 'Succeeded' as const,
      startedAt: 'yesterday',
      finishedAt: '2030-01-01T03:00:00.123+01:00',
    };
    expect(history([job('b-1', 'Complete', '2030-01-01T02:30:00Z', written)]).last).toMatchObject({
      startedAt: '2030-01-01T02:30:00Z',
      finishedAt: '2030-01-01T02:00:00Z',
    });
  });

  it('does not count an attempt that failed and is tried again', () => {
    expect(history([job('b-1', 'no', '2030-01-01T02:30:00Z', { state: 'Failed' })])).toEqual({
      last: undefined,
      lastSuccessful: undefined,
      running: ['b-1'],
    });
  });
});

describe('backupVerdict', () => {
  const spec = cluster({ backupStore, backupSchedule: '02:30' }).spec;
  const cronJob: CronJob = {
    spec: { schedule: '30 2 * * *', jobTemplate: { spec: { template: {} } } },
  };
  const verdict = (
    known: { last?: LastBackup; lastSuccessful?: LastBackup },
    of = spec,
    cronJobMade = '2030-01-01T00:00:00Z',
  ) =>
    backupVerdict(
      snapshot({ cronJob: { ...cronJob, metadata: { creationTimestamp: cronJobMade } } }),
      of,
      { last: known.last ?? known.lastSuccessful, lastSuccessful: known.lastSuccessful, running: [] },
      noon,
    );

  it('says that one is being made', () => {
    const { condition } = backupVerdict(
      snapshot({ cronJob }),
      spec,
      { last: undefined, lastSuccessful: undefined, running: ['pg-backup-7'] },
      noon,
    );
    expect(condition.message).toBe('no backup has been made yet; pg-backup-7 is running');
  });

  it.each([
    ['no store', verdict({}, cluster().spec), 'Unknown', 'NoBackupStore'],
    [
      'a schedule and no store',
      verdict({}, cluster({ backupSchedule: '02:30' }).spec),
      'False',
      'NoBackupStore',
    ],
    ['none yet', verdict({}), 'Unknown', 'NoBackupYet'],
    ['none for more than a day', verdict({}, spec, '2029-12-31T09:00:00Z'), 'False', 'BackupOverdue'],
    [
      'a fresh one',
      verdict({ lastSuccessful: good('b', '2030-01-01T02:40:00Z') }),
      'True',
      'BackupSucceeded',
    ],
    ['an old one', verdict({ lastSuccessful: good('b', '2029-12-31T02:40:00Z') }), 'False', 'BackupOverdue'],
    [
      'an old one that nobody scheduled',
      verdict({ lastSuccessful: good('b', '2029-01-01T02:40:00Z') }, cluster({ backupStore }).spec),
      'True',
      'BackupSucceeded',
    ],
    [
      'a failure after a good one',
      verdict({
        last: { id: 'c', state: 'Failed', error: 'no space' },
        lastSuccessful: good('b', '2030-01-01T02:40:00Z'),
      }),
      'False',
      'BackupFailed',
    ],
  ])('of %s', (_, { condition }, status, reason) => {
    expect(condition).toMatchObject({ type: 'BackupHealthy', status, reason });
  });
});
