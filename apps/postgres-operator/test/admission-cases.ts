import { type PostgresClusterSpecInput } from '@stateful/postgres-api';

/** One rule, a change that it lets be and one that it refuses. The same cases run as functions and on a real API server. */
export interface AdmissionCase {
  readonly rule: string;
  /** Which change is meant, where a rule has several cases. */
  readonly what?: string;
  /** As it was; absent: the cluster is created. */
  readonly before?: object;
  /** What exists of it. */
  readonly live?: {
    readonly version?: string;
    readonly volumeSize?: string;
    readonly replicas?: number;
    readonly notReady?: readonly number[];
  };
  /** The version in which the change is asked for. */
  readonly saidIn?: 'v1alpha1';
  /** It was initialised. */
  readonly hasData?: boolean;
  readonly accepted: object;
  readonly refused: object;
  readonly acceptedName?: string;
  readonly refusedName?: string;
  readonly field: string;
  /** The value that is refused, as people read it. */
  readonly quotes: string;
  /** The CustomResourceDefinition refuses it before any webhook is asked. */
  readonly byDefinition?: boolean;
}

export const versions = ['16.4.0', '17.12.0', '17.13.0', '18.1.0'];
export const goodSpec = {
  replicas: 3,
  version: '17.12.0',
  storage: { size: '10Gi' },
} satisfies PostgresClusterSpecInput;
const backupStore = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' };
const restored = { backupStore, restoreFrom: { path: '/old/pg' } };

export const admissionCases: readonly AdmissionCase[] = [
  {
    rule: 'name-is-short',
    accepted: {},
    acceptedName: 'a'.repeat(45),
    refused: {},
    refusedName: 'a'.repeat(46),
    field: 'metadata.name',
    quotes: 'a'.repeat(46),
    byDefinition: true,
  },
  {
    rule: 'name-is-a-label',
    accepted: {},
    acceptedName: 'p-1',
    refused: {},
    refusedName: '1pg',
    field: 'metadata.name',
    quotes: '"1pg"',
    byDefinition: true,
  },
  {
    rule: 'version-has-image',
    accepted: { version: '17.13.0' },
    refused: { version: '99.1.0' },
    field: 'spec.version',
    quotes: '"99.1.0"',
  },
  {
    rule: 'version-path',
    what: 'forwards',
    before: {},
    live: { version: '17.12.0' },
    accepted: { version: '17.13.0' },
    refused: { version: '18.1.0' },
    field: 'spec.version',
    quotes: '"18.1.0"',
  },
  {
    rule: 'version-path',
    what: 'backwards; a minor version may',
    before: { version: '17.13.0' },
    live: { version: '17.13.0' },
    accepted: { version: '17.12.0' },
    refused: { version: '16.4.0' },
    field: 'spec.version',
    quotes: '"16.4.0"',
  },
  {
    rule: 'version-path',
    what: 'out of a version that the data never had',
    before: { version: '18.1.0' },
    live: { version: '17.12.0' },
    accepted: { version: '17.12.0' },
    refused: { version: '16.4.0' },
    field: 'spec.version',
    quotes: '"16.4.0"',
  },
  {
    rule: 'storage-never-shrinks',
    before: {},
    live: { volumeSize: '10Gi' },
    accepted: { storage: { size: '10241Mi' } },
    refused: { storage: { size: '10239Mi' } },
    field: 'spec.storage.size',
    quotes: '"10239Mi"',
  },
  {
    rule: 'storage-never-shrinks',
    what: 'back to what the volumes really have',
    before: { storage: { size: '20Gi' } },
    live: { volumeSize: '10Gi' },
    accepted: { storage: { size: '10Gi' } },
    refused: { storage: { size: '9Gi' } },
    field: 'spec.storage.size',
    quotes: '"9Gi"',
  },
  {
    rule: 'required-needs-three',
    accepted: { synchronous: 'Required', replicas: 3 },
    refused: { synchronous: 'Required', replicas: 2 },
    field: 'spec.synchronous',
    quotes: '2',
    byDefinition: true,
  },
  {
    rule: 'shrink-keeps-quorum',
    what: 'judged together with the durability that is wanted at the same time',
    before: { replicas: 5 },
    hasData: true,
    live: { replicas: 5, notReady: [1, 2] },
    accepted: { replicas: 3, synchronous: 'Preferred' },
    refused: { replicas: 3 },
    field: 'spec.replicas',
    quotes: 'from 5 to 3',
  },
  {
    rule: 'shrink-keeps-quorum',
    what: 'to one that does not work',
    before: { replicas: 2 },
    hasData: true,
    live: { replicas: 2, notReady: [0] },
    accepted: { replicas: 3 },
    refused: { replicas: 1 },
    field: 'spec.replicas',
    quotes: 'from 2 to 1',
  },
  {
    rule: 'parameter-name',
    accepted: { parameters: { 'pg_stat_statements.max': '1000' } },
    refused: { parameters: { 'work_mem = 1\nfsync': 'off' } },
    field: 'spec.parameters',
    quotes: '"work_mem = 1\\nfsync"',
    byDefinition: true,
  },
  {
    rule: 'parameter-not-managed',
    accepted: { parameters: { work_mem: '64MB' } },
    refused: { parameters: { archive_command: 'true' } },
    field: 'spec.parameters',
    quotes: '"archive_command"',
    byDefinition: true,
  },
  {
    rule: 'parameter-value',
    accepted: { parameters: { work_mem: '64MB' } },
    refused: { parameters: { work_mem: "64MB'\nfsync = off" } },
    field: 'spec.parameters',
    quotes: '"64MB\'\\nfsync = off"',
    byDefinition: true,
  },
  {
    rule: 'backup-time-of-day',
    accepted: { backupSchedule: '23:59', backupStore },
    refused: { backupSchedule: '24:00', backupStore },
    field: 'spec.backupSchedule',
    quotes: '"24:00"',
    byDefinition: true,
  },
  {
    rule: 'restore-needs-store',
    accepted: restored,
    refused: { restoreFrom: restored.restoreFrom },
    field: 'spec.restoreFrom',
    quotes: '',
    byDefinition: true,
  },
  {
    rule: 'restore-has-one-source',
    accepted: restored,
    refused: { backupStore, restoreFrom: { path: '/a', cluster: 'b' } },
    field: 'spec.restoreFrom',
    quotes: '',
    byDefinition: true,
  },
  {
    rule: 'restore-from-another',
    accepted: { backupStore, restoreFrom: { cluster: 'another' } },
    acceptedName: 'itself',
    refused: { backupStore, restoreFrom: { cluster: 'itself' } },
    refusedName: 'itself',
    field: 'spec.restoreFrom',
    quotes: 'itself',
    byDefinition: true,
  },
  {
    rule: 'restore-source-fixed',
    before: restored,
    hasData: true,
    accepted: { backupStore },
    refused: { backupStore, restoreFrom: { path: '/other' } },
    field: 'spec.restoreFrom',
    quotes: '/other',
  },
  {
    rule: 'old-version-keeps-the-rest',
    what: 'replaced by what an old file says',
    before: { storage: { size: '20Gi' }, parameters: { work_mem: '8MB' } },
    saidIn: 'v1alpha1',
    accepted: { replicas: 4, storage: { size: '20Gi' }, parameters: { work_mem: '8MB' } },
    refused: { replicas: 4, storage: { size: '20Gi' } },
    field: 'spec.parameters',
    quotes: '8MB',
  },
];
