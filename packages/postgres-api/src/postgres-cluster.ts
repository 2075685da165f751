import { type CustomObject, type Kind, type KindVersion } from '@stateful/crd-kit';
import { postgresClusterStatusSchema, type PostgresClusterStatus } from './postgres-cluster-status.ts';
import { postgresClusterSpecV1alpha1Schema } from './postgres-cluster-v1alpha1.ts';
import { postgresClusterSpecSchema, type PostgresClusterSpec } from './postgres-cluster-v1beta1.ts';

export const group = 'db.example.com';
/** The version that code works with and that is stored: the hub of all conversions. */
export const version = 'v1beta1';

/**
 * Longest name of a cluster. CronJob NAME-backup is the tightest: 52 characters, since its Jobs append eleven.
 * Names of Services are the strictest in form: a DNS label that begins with a letter.
 */
export const maxNameLength = 45;
export const namePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** A PostgresCluster as it is read from the API server, in the version that code works with: v1beta1. */
export type PostgresCluster = CustomObject<PostgresClusterSpec, PostgresClusterStatus>;

const nameRules = [
  {
    rule: `self.metadata.name.size() <= ${maxNameLength}`,
    message: `the name of a PostgresCluster must not be longer than ${maxNameLength} characters, because names of its children are made from it`,
  },
  {
    rule: `self.metadata.name.matches('${namePattern.source}')`,
    message:
      'the name of a PostgresCluster must be of lower-case letters, digits and `-`, and begin with a letter, because Services are named after it',
  },
];

/** What every version shows and offers. */
const common = {
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
} satisfies Partial<KindVersion>;

export const postgresClusterKind: Kind = {
  group,
  kind: 'PostgresCluster',
  plural: 'postgresclusters',
  singular: 'postgrescluster',
  shortNames: ['pgc'],
  categories: ['stateful'],
  conversion: 'Webhook',
  exceptions: [
    {
      rule: 'enum-is-pascal-case',
      path: 'status.instances[].role',
      why: 'the words of Postgres, and of the label that Services select by',
    },
  ],
  versions: [
    {
      ...common,
      name: 'v1alpha1',
      served: true,
      storage: false,
      deprecationWarning:
        'db.example.com/v1alpha1 PostgresCluster is deprecated; use db.example.com/v1beta1, where `retentionDays: 7` is `backupRetention: 7d`',
      spec: postgresClusterSpecV1alpha1Schema,
      rules: nameRules,
    },
    {
      ...common,
      name: 'v1beta1',
      served: true,
      storage: true,
      spec: postgresClusterSpecSchema,
      rules: [
        ...nameRules,
        {
          rule: '!has(self.spec.restoreFrom) || !has(self.spec.restoreFrom.cluster) || self.spec.restoreFrom.cluster != self.metadata.name',
          message: 'a cluster cannot be restored from itself: name another one, or a repository by `path`',
          fieldPath: '.spec.restoreFrom',
        },
      ],
    },
  ],
};
