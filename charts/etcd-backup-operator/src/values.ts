import { operatorValues, texts } from '@stateful/charts';
import * as z from 'zod';

/**
 * What can be set when the chart is installed. The one source: values.yaml, values.schema.json and the table in
 * the README are made from it.
 */
export const valuesSchema = operatorValues({
  name: 'etcd-backup-operator',
  kinds: 'EtcdBackups, EtcdBackupSchedules and EtcdRestores',
  kept: 'the record of all backups',
  replicas: 'Processes. One works, the others stand by.',
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  graceSeconds: 120,
  own: {
    concurrency: z
      .int()
      .min(1)
      .max(999)
      .default(2)
      .describe('Backups under way at a time; each takes five parts of memory (`partSizeMiB` of its store).'),
    etcdImage: z
      .string()
      .min(1)
      .default('docker.io/local/etcd:{version}')
      .describe(
        'Image of etcd for drills of backups that name none, with `{version}` where its version stands.',
      ),
    alerts: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe('Make a PrometheusRule for the Prometheus operator, whose kinds must be there.'),
        labels: texts.default({}).describe('Labels by which a Prometheus finds it.'),
        runbookURL: z
          .string()
          .default('https://example.com/stateful-operators/docs/runbooks')
          .describe('Where the runbooks are served; each alert links to its page below it.'),
      })
      .prefault({}),
    dashboard: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Make a ConfigMap with a dashboard for Grafana.'),
        labels: texts
          .default({ grafana_dashboard: '1' })
          .describe('Labels by which Grafana’s sidecar finds it.'),
      })
      .prefault({}),
  },
});

export type Values = z.output<typeof valuesSchema>;
