import { join } from 'node:path';
import { type ChartSource } from '@stateful/charts';
import { customResourceDefinitions } from '@stateful/postgres-api';
import {
  allNamespacesRules,
  leaderElectionRules,
  operatorRules,
  webhookObjects,
  webhookServerRules,
} from '@stateful/postgres-operator';
import { valuesSchema } from './values.ts';

/** Stand for names that only a release knows; the templates put those in their place. */
const serviceName = 'SERVICE_NAME';
const serviceNamespace = 'SERVICE_NAMESPACE';

/** What the chart is made from. */
export const chart: ChartSource = {
  folder: join(import.meta.dirname, '..'),
  name: 'postgres-operator',
  values: valuesSchema,
  crds: customResourceDefinitions(),
  rbac: {
    operator: operatorRules,
    allNamespaces: allNamespacesRules,
    leaderElection: leaderElectionRules,
    webhooks: webhookServerRules(serviceName),
  },
  files: ({ from, yaml }) => [
    {
      path: 'files/webhooks.yaml',
      content: `# ${from('apps/postgres-operator/src/webhook-objects.ts')}\n${yaml(
        webhookObjects(serviceName, { namespace: serviceNamespace }),
      )}`,
    },
  ],
};
