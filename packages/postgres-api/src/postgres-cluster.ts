import { type Kind } from '@stateful/crd-kit';
import {
  postgresClusterSpecSchema,
  postgresClusterStatusSchema,
  type PostgresClusterSpec,
  type PostgresClusterStatus,
} from './postgres-cluster-v1alpha1.ts';

export const group = 'db.example.com';

/**
 * Longest name of a cluster. CronJob NAME-backup is the tightest: 52 characters, since its Jobs append eleven.
 * Names of Services are the strictest in form: a DNS label that begins with a letter.
 */
export const maxNameLength = 45;
export const namePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

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
      rules: [
        {
          rule: `self.metadata.name.size() <= ${maxNameLength}`,
          message: `the name of a PostgresCluster must not be longer than ${maxNameLength} characters, because names of its children are made from it`,
        },
        {
          rule: `self.metadata.name.matches('${namePattern.source}')`,
          message:
            'the name of a PostgresCluster must be of lower-case letters, digits and `-`, and begin with a letter, because Services are named after it',
        },
        {
          rule: '!has(self.spec.restoreFrom) || !has(self.spec.restoreFrom.cluster) || self.spec.restoreFrom.cluster != self.metadata.name',
          message: 'a cluster cannot be restored from itself: name another one, or a repository by `path`',
          fieldPath: '.spec.restoreFrom',
        },
      ],
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
