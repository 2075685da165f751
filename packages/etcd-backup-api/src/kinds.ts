import {
  operationFieldExceptions,
  type CustomObject,
  type Kind,
  type PrinterColumn,
} from '@stateful/crd-kit';
import {
  etcdBackupScheduleSpecSchema,
  type EtcdBackupScheduleSpec,
  type EtcdBackupScheduleStatus,
  etcdBackupScheduleStatusSchema,
} from './etcd-backup-schedule-v1alpha1.ts';
import { etcdBackupSpecSchema, type EtcdBackupSpec } from './etcd-backup-spec.ts';
import { etcdBackupStatusSchema, type EtcdBackupStatus } from './etcd-backup-status.ts';
import {
  etcdRestoreSpecSchema,
  etcdRestoreStatusSchema,
  type EtcdRestoreSpec,
  type EtcdRestoreStatus,
} from './etcd-restore-v1alpha1.ts';

export const group = 'db.example.com';

export type EtcdBackup = CustomObject<EtcdBackupSpec, EtcdBackupStatus>;
export type EtcdBackupSchedule = CustomObject<EtcdBackupScheduleSpec, EtcdBackupScheduleStatus>;
export type EtcdRestore = CustomObject<EtcdRestoreSpec, EtcdRestoreStatus>;

const condition = (type: string, part: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="${type}")].${part}`;
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export const etcdBackupKind: Kind = {
  group,
  kind: 'EtcdBackup',
  plural: 'etcdbackups',
  singular: 'etcdbackup',
  shortNames: ['etcdb'],
  categories: ['stateful'],
  exceptions: [
    { rule: 'no-boolean', path: 'spec.hold', why: 'it is held or not, as `suspend` of a CronJob' },
    ...operationFieldExceptions,
  ],
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      spec: etcdBackupSpecSchema,
      status: etcdBackupStatusSchema,
      columns: [
        { name: 'Succeeded', type: 'string', jsonPath: condition('Succeeded', 'status') },
        { name: 'Reason', type: 'string', jsonPath: condition('Succeeded', 'reason') },
        { name: 'Verified', type: 'string', jsonPath: '.status.verification.level' },
        { name: 'Revision', type: 'integer', jsonPath: '.status.etcd.revision' },
        { name: 'Size', type: 'integer', jsonPath: '.status.artifact.sizeBytes', priority: 1 },
        { name: 'Message', type: 'string', jsonPath: condition('Succeeded', 'message'), priority: 1 },
        age,
      ],
    },
  ],
};

export const etcdBackupScheduleKind: Kind = {
  group,
  kind: 'EtcdBackupSchedule',
  plural: 'etcdbackupschedules',
  singular: 'etcdbackupschedule',
  shortNames: ['etcdbs'],
  categories: ['stateful'],
  exceptions: [
    { rule: 'no-boolean', path: 'spec.suspend', why: 'the name and the type that CronJob has' },
    {
      rule: 'objects-in-lists-have-keys',
      path: 'status.retentionPlan.keep',
      why: 'one plan, which one writer replaces',
    },
    {
      rule: 'objects-in-lists-have-keys',
      path: 'status.retentionPlan.blocked',
      why: 'one plan, which one writer replaces',
    },
    ...operationFieldExceptions,
  ],
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      spec: etcdBackupScheduleSpecSchema,
      status: etcdBackupScheduleStatusSchema,
      columns: [
        { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
        { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend' },
        { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status') },
        { name: 'Healthy', type: 'string', jsonPath: condition('Healthy', 'status') },
        { name: 'Last Backup', type: 'date', jsonPath: '.status.lastSuccessful.time' },
        { name: 'Last Verified', type: 'date', jsonPath: '.status.lastVerified.time' },
        { name: 'Next', type: 'string', jsonPath: '.status.nextScheduleTime', priority: 1 },
        { name: 'Message', type: 'string', jsonPath: condition('Ready', 'message'), priority: 1 },
        age,
      ],
    },
  ],
};

export const etcdRestoreKind: Kind = {
  group,
  kind: 'EtcdRestore',
  plural: 'etcdrestores',
  singular: 'etcdrestore',
  shortNames: ['etcdr'],
  categories: ['stateful'],
  exceptions: [...operationFieldExceptions],
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      spec: etcdRestoreSpecSchema,
      status: etcdRestoreStatusSchema,
      columns: [
        { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
        { name: 'Succeeded', type: 'string', jsonPath: condition('Succeeded', 'status') },
        { name: 'Reason', type: 'string', jsonPath: condition('Succeeded', 'reason') },
        { name: 'Step', type: 'string', jsonPath: '.status.operation.step' },
        { name: 'Message', type: 'string', jsonPath: condition('Succeeded', 'message'), priority: 1 },
        age,
      ],
    },
  ],
};
