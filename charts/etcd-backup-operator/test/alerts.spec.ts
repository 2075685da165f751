import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { one, render } from '@stateful/charts/testing';
import { promtoolBinary } from '@stateful/images';
import { stringify } from 'yaml';
import { alerts, chart } from '../src/index.ts';

const execute = promisify(execFile);
const promtool = await promtoolBinary().catch((cause: unknown) => {
  const message = 'The alerts were not tested: promtool cannot be had';
  if (process.env['CI'] === 'true') throw new Error(message, { cause });
  console.warn(`SKIPPED: ${message}`, cause);
  return undefined;
});

const hour = 60;
const day = 24 * hour;
/** `fires` and `silent`: minutes into the test, which begins at time 0. */
interface Case {
  readonly alert: string;
  /** Minutes between two values, and between two evaluations. Default 1. */
  readonly step?: number;
  readonly series: Readonly<Record<string, string>>;
  readonly fires: number;
  /** The control: not yet, or not any more. */
  readonly silent: number;
}
const name = '{namespace="a",schedule="nightly",instance="one"}';
const cases: readonly Case[] = [
  {
    alert: 'EtcdBackupAbsent',
    series: { 'informer_objects{resource="etcdbackups.db.example.com"}': '3x20 _x30' },
    silent: 20,
    fires: 40,
  },
  { alert: 'EtcdBackupStale', series: { [`etcd_backup_stale${name}`]: '0x10 1x10' }, silent: 10, fires: 15 },
  {
    alert: 'EtcdBackupOld',
    step: 10,
    series: { [`etcd_backup_last_success_timestamp_seconds${name}`]: '0x200' },
    silent: 26 * hour,
    fires: 26 * hour + 20,
  },
  {
    alert: 'EtcdBackupOverdue',
    series: { [`etcd_backup_next_run_timestamp_seconds${name}`]: `600x${hour}` },
    silent: 20,
    fires: 35,
  },
  {
    alert: 'EtcdBackupFailing',
    series: {
      [`etcd_backup_last_failure_timestamp_seconds${name}`]: '60x10 660x10',
      [`etcd_backup_last_success_timestamp_seconds${name}`]: '120x20',
    },
    silent: 9,
    fires: 12,
  },
  {
    // Scenario 22: an object that is no longer whole is told of within five minutes.
    alert: 'EtcdBackupVerificationFailed',
    series: { [`etcd_backup_verification_failed${name}`]: '0x10 1x10' },
    silent: 10,
    fires: 15,
  },
  {
    alert: 'EtcdBackupUnverified',
    series: {
      [`etcd_backup_last_success_timestamp_seconds${name}`]: `3600x100 ${2 * day * 60}x100`,
      [`etcd_backup_last_verified_timestamp_seconds${name}`]: '3600x200',
    },
    silent: 100,
    fires: 190,
  },
  {
    alert: 'EtcdBackupDrillOld',
    step: 30,
    series: { [`etcd_backup_last_drill_timestamp_seconds${name}`]: '0x500' },
    silent: 8 * day,
    fires: 8 * day + 2 * hour,
  },
  {
    alert: 'EtcdBackupShrunk',
    series: { [`etcd_backup_bytes${name}`]: '1000x30 400x30' },
    silent: 30,
    fires: 45,
  },
  {
    alert: 'EtcdBackupMembersDisagree',
    series: { [`etcd_backup_members_disagree${name}`]: '0x10 1x10' },
    silent: 10,
    fires: 12,
  },
  {
    alert: 'EtcdBackupRetentionBlocked',
    step: 10,
    series: { [`etcd_backup_retention_blocked${name}`]: '2x300' },
    silent: day - 10,
    fires: day + 10,
  },
  {
    alert: 'EtcdBackupStoreDown',
    series: { 'etcd_backup_store_up{namespace="a",store="s3",instance="one"}': '1x10 0x10' },
    silent: 12,
    fires: 18,
  },
];

(promtool === undefined ? describe.skip : describe)('the alerts of the chart', () => {
  let folder = '';
  const file = (path: string): string => join(folder, path);
  const run = (...args: string[]): Promise<{ stdout: string }> =>
    execute(promtool ?? '', args, { cwd: folder, timeout: 60_000 });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stateful-alerts-'));
    const values = { alerts: { enabled: true, runbookURL: 'https://docs.example.com/' } };
    const rule = one(await render(chart, '4', values), 'PrometheusRule');
    await writeFile(file('rules.yaml'), stringify(rule['spec']));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are rules that Prometheus understands', async () => {
    expect((await run('check', 'rules', 'rules.yaml')).stdout).toContain(
      `SUCCESS: ${alerts.length} rules found`,
    );
  });

  it('are all tested', () => {
    expect(cases.map(({ alert }) => alert)).toEqual(alerts.map(({ alert }) => alert));
  });

  /** Labels and texts are not what this is about: an alert is told apart by its name alone. */
  const testOf = ({ alert, series, step = 1 }: Case, at: number): object => ({
    rule_files: ['rules.yaml'],
    evaluation_interval: `${step}m`,
    tests: [
      {
        interval: `${step}m`,
        input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
        promql_expr_test: [
          {
            expr: `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`,
            eval_time: `${at}m`,
            exp_samples: [{ labels: `{alertname="${alert}"}`, value: 1 }],
          },
        ],
      },
    ],
  });

  it.each(cases)('$alert fires when it should', async (one) => {
    await writeFile(file(`${one.alert}.yaml`), stringify(testOf(one, one.fires)));
    expect((await run('test', 'rules', `${one.alert}.yaml`)).stdout).toContain('SUCCESS');
  });

  it.each(cases)('$alert is silent before', async (one) => {
    await writeFile(file(`${one.alert}-silent.yaml`), stringify(testOf(one, one.silent)));
    // The same expectation must fail: nothing is there.
    await expect(run('test', 'rules', `${one.alert}-silent.yaml`)).rejects.toThrow(/got:\s*nil/);
  });

  it('scenario 22: a backup that is found not to be whole is told of within 5 minutes', () => {
    const corrupt = cases.find(({ alert }) => alert === 'EtcdBackupVerificationFailed')!;
    // The object is corrupted at minute 10; a scrape a minute.
    expect(corrupt.fires - 10).toBeLessThanOrEqual(5);
    expect(alerts.find(({ alert }) => alert === corrupt.alert)?.for).toBeUndefined();
  });
});
