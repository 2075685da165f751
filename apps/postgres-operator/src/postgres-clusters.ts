import { group, version, type PostgresCluster } from '@stateful/postgres-api';
import { defineResource } from '@stateful/reconcile-sdk';

/** The kind as the client sees it, at the version that code works with and that is stored. */
export const postgresClusters = defineResource<PostgresCluster>(
  group,
  version,
  'PostgresCluster',
  'postgresclusters',
);
