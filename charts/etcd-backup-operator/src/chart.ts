import { join } from 'node:path';
import { type ChartSource } from '@stateful/charts';
import { customResourceDefinitions } from '@stateful/etcd-backup-api';
import { leaderElectionRules, operatorRules } from '@stateful/etcd-backup-operator';
import { alerts } from './alerts.ts';
import { dashboard } from './dashboard.ts';
import { valuesSchema } from './values.ts';

/** What the chart is made from. */
export const chart: ChartSource = {
  folder: join(import.meta.dirname, '..'),
  name: 'etcd-backup-operator',
  values: valuesSchema,
  crds: customResourceDefinitions(),
  sharedCrds: ['backupstores.db.example.com'],
  rbac: { operator: operatorRules, allNamespaces: [], leaderElection: leaderElectionRules },
  files: ({ from, yaml }) => [
    {
      path: 'files/alerts.yaml',
      content: `# ${from('src/alerts.ts')}\n${yaml({ groups: [{ name: 'etcd-backup-operator', rules: alerts }] })}`,
    },
    { path: 'files/dashboard.json', content: `${JSON.stringify(dashboard, null, 1)}\n` },
  ],
};
