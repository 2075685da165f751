/** A query, and how its series are called in the legend. */
type Query = readonly [expr: string, legend: string];

const selector = '{namespace=~"$namespace",schedule=~"$schedule"}';
const of = (metric: string): string => `max by (namespace, schedule) (etcd_backup_${metric}${selector})`;
const one = '{{namespace}}/{{schedule}}';
const datasource = { type: 'prometheus', uid: '$datasource' };
const width = 8;
const height = 7;

const panels: readonly { title: string; unit: string; type?: 'stat'; queries: readonly Query[] }[] = [
  { title: 'Data lost if etcd were lost now', unit: 's', type: 'stat', queries: [[of('rpo_seconds'), one]] },
  {
    title: 'Time to restore, by the last drill',
    unit: 's',
    type: 'stat',
    queries: [[of('rto_seconds'), one]],
  },
  {
    title: 'Since the last verified backup',
    unit: 's',
    type: 'stat',
    queries: [[`time() - ${of('last_verified_timestamp_seconds')}`, one]],
  },
  { title: 'Size of the last backup', unit: 'bytes', queries: [[of('bytes'), one]] },
  { title: 'Size in the store', unit: 'bytes', queries: [[of('inventory_bytes'), one]] },
  { title: 'Revision of the last backup', unit: 'none', queries: [[of('revision'), one]] },
  {
    title: 'Duration of the last backup',
    unit: 's',
    queries: [
      [
        `max by (namespace, schedule, stage) (etcd_backup_last_duration_seconds${selector})`,
        `${one} {{stage}}`,
      ],
    ],
  },
  {
    title: 'Attempts and failures in an hour',
    unit: 'none',
    queries: [
      [`sum(increase(etcd_backup_attempts_total${selector}[1h]))`, 'attempts'],
      [`sum by (reason) (increase(etcd_backup_failures_total${selector}[1h]))`, '{{reason}}'],
    ],
  },
  {
    title: 'Under way',
    unit: 'none',
    queries: [
      [of('active'), one],
      ['sum(etcd_backup_restores{namespace=~"$namespace",result="active"})', 'restores'],
    ],
  },
  {
    title: 'Not as it should be',
    unit: 'none',
    queries: [
      [of('stale'), `${one} stale`],
      [of('verification_failed'), `${one} not whole`],
      [of('members_disagree'), `${one} members disagree`],
      [of('retention_blocked'), `${one} retention blocked`],
      ['1 - max by (namespace, store) (etcd_backup_store_up{namespace=~"$namespace"})', '{{store}} down'],
    ],
  },
  {
    title: 'Memory of the operator',
    unit: 'bytes',
    queries: [['process_resident_memory_bytes{job=~".*etcd-backup-operator.*"}', '{{pod}}']],
  },
];

const variable = (name: string): object => ({
  name,
  type: 'query',
  datasource,
  query: `label_values(etcd_backup_schedule_info, ${name})`,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

/** The dashboard as Grafana imports it. */
export const dashboard = {
  uid: 'etcd-backup-operator',
  title: 'etcd backups',
  tags: ['etcd', 'backup'],
  schemaVersion: 39,
  refresh: '1m',
  time: { from: 'now-7d', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
      ...['namespace', 'schedule'].map(variable),
    ],
  },
  panels: panels.map(({ title, unit, type = 'timeseries', queries }, index) => ({
    id: index + 1,
    title,
    type,
    datasource,
    gridPos: {
      x: (index % 3) * width,
      y: Math.floor(index / 3) * height,
      w: width,
      h: height,
    },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: queries.map(([expr, legendFormat], number) => ({
      refId: String.fromCharCode(65 + number),
      datasource,
      expr,
      legendFormat,
      ...(type === 'stat' ? { instant: true } : {}),
    })),
  })),
};
