import { group, type PostgresCluster } from '@stateful/postgres-api';
import { defineResource } from '@stateful/reconcile-sdk';

/** The kind as the client sees it. */
export const postgresClusters = defineResource<PostgresCluster>(
  group,
  'v1alpha1',
  'PostgresCluster',
  'postgresclusters',
);
