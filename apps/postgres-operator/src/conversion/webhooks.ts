import { postgresClusterConversion } from '@stateful/postgres-api';
import { converting, hubAndSpoke, type ConversionWebhook } from '@stateful/reconcile-sdk';
import { postgresClusters } from '../postgres-clusters.ts';

/** The conversion webhooks of this operator: one for each kind of more than one version. */
export const conversionWebhooks = (): ConversionWebhook[] => [
  converting(postgresClusters, { convert: hubAndSpoke(postgresClusters, postgresClusterConversion) }),
];
