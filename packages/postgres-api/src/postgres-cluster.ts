import { type Kind } from '@stateful/crd-kit';
import {
  postgresClusterSpecSchema,
  postgresClusterStatusSchema,
  type PostgresClusterSpec,
  type PostgresClusterStatus,
} from './postgres-cluster-v1alpha1.ts';

export const group = 'db.example.com';

/** A PostgresCluster as it is read from the API server (JSON). */
export interface PostgresCluster {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: PostgresClusterSpec;
  status?: PostgresClusterStatus;
}

export const postgresClusterKind: Kind = {
  group,
  kind: 'PostgresCluster',
  plural: 'postgresclusters',
  singular: 'postgrescluster',
  shortNames: ['pgc'],
  categories: ['stateful'],
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      spec: postgresClusterSpecSchema,
      status: postgresClusterStatusSchema,
      columns: [
        { name: 'Instances', type: 'integer', jsonPath: '.spec.replicas' },
        { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' },
        { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
        { name: 'Primary', type: 'string', jsonPath: '.status.primary' },
        { name: 'Version', type: 'string', jsonPath: '.spec.version' },
        {
          name: 'Last Backup',
          type: 'date',
          jsonPath: '.status.lastSuccessfulBackup.finishedAt',
          priority: 1,
        },
        {
          name: 'Message',
          type: 'string',
          jsonPath: '.status.conditions[?(@.type=="Ready")].message',
          priority: 1,
        },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
  ],
};
