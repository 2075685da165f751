import { defineResource, type KubeObject } from '@stateful/reconcile-sdk';

/** A PostgresCluster as clients of v1alpha1 see it. */
export interface OldCluster extends KubeObject {
  spec: {
    replicas: number;
    version: string;
    backupSchedule?: string | undefined;
    retentionDays?: number | undefined;
  };
}

export const oldClusters = defineResource<OldCluster>(
  'db.example.com',
  'v1alpha1',
  'PostgresCluster',
  'postgresclusters',
);
