import { storeReferenceSchema, storeSchema } from '@stateful/backup-store-api';
import {
  conditionFields,
  counter,
  immutable,
  localReference,
  objectName,
  operationFields,
  rules,
  timestamp,
} from '@stateful/crd-kit';
import * as z from 'zod';
import { etcdClusterSchema, etcdID } from './etcd-cluster.ts';

const exactlyOne = (...fields: string[]) => ({
  rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(set, set).size() == 1`,
  message: `exactly one of ${fields.map((field) => `\`${field}\``).join(', ')} must be set`,
});

const scheduleSourceSchema = z
  .object({
    name: objectName().describe('The EtcdBackupSchedule in this namespace.'),
    pick: z
      .enum(['Latest', 'LatestVerified', 'Before', 'AtOrBelowRevision'])
      .default('LatestVerified')
      .describe(
        'Which of its backups. What was picked stays in status, so that it is the same after a retry.',
      ),
    time: timestamp().optional().describe('For Before: the newest not later than this.'),
    revision: counter().optional().describe('For AtOrBelowRevision: the newest not beyond this.'),
  })
  .meta(
    rules(
      {
        rule: "has(self.time) == (self.pick == 'Before')",
        message: '`time` must be set with pick `Before`, and only then',
        fieldPath: '.time',
      },
      {
        rule: "has(self.revision) == (self.pick == 'AtOrBelowRevision')",
        message: '`revision` must be set with pick `AtOrBelowRevision`, and only then',
        fieldPath: '.revision',
      },
    ),
  );

const sourceSchema = z
  .object({
    backupRef: localReference('EtcdBackup').optional(),
    schedule: scheduleSourceSchema.optional().describe('A backup of a schedule.'),
    object: z
      .object({
        storeRef: storeReferenceSchema.optional().describe('BackupStore that holds it.'),
        store: storeSchema.optional().describe('The same, without a BackupStore.'),
        key: z.string().min(1).max(1024).describe('Key of its `manifest.json`, or of the snapshot itself.'),
        versionID: z.string().min(1).max(1024).optional().describe('Version of that object.'),
      })
      .meta(rules(exactlyOne('storeRef', 'store')))
      .optional()
      .describe('An object in a store.'),
  })
  .meta(rules(exactlyOne('backupRef', 'schedule', 'object')))
  .describe('What is restored.');

const memberSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .describe('Name of the member.'),
  peerURL: z
    .string()
    .max(253)
    .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/)
    .describe('Its peer URL.'),
  claim: objectName().describe('PersistentVolumeClaim of its data, in this namespace.'),
});

const userID = z.int().min(0).max(2147483647);

const targetSchema = z.object({
  members: z
    .array(memberSchema)
    .min(1)
    .max(9)
    .meta({ kubernetes: { listMapKeys: ['name'] } })
    .describe('Members of the cluster after the restore.'),
  dataDir: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9._/-]*$/)
    .default('')
    .describe('Path of the data directory on the volume.'),
  image: z.string().min(1).max(512).describe('Image of etcd with `etcdutl`; of the version that will run.'),
  workloadRef: z
    .object({
      kind: z.enum(['StatefulSet', 'Deployment']).describe('Kind of the workload.'),
      name: objectName().describe('Its name in this namespace.'),
    })
    .optional()
    .describe('Scaled down before and up after. Without it the members must be stopped by hand.'),
  cluster: etcdClusterSchema
    .optional()
    .describe('How clients reach its members, before and after. That of the saved cluster without it.'),
  etcdVersion: z
    .string()
    .max(32)
    .regex(/^\d+\.\d+\.\d+$/)
    .optional()
    .describe('Version of etcd in `image`, such as `3.6.5`, when its tag does not tell.'),
  user: z
    .object({
      runAsUser: userID.describe('As in a pod.'),
      runAsGroup: userID.optional().describe('As in a pod.'),
      fsGroup: userID.optional().describe('As in a pod.'),
    })
    .optional()
    .describe(
      'Whose the data is. User, group and group of volumes 65532 without it, as in the image of etcd.',
    ),
});

const drillSchema = z.object({
  image: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Image of etcd with `etcdutl`; that of the saved version without it.'),
  timeoutSeconds: z.int().min(30).max(86400).default(1800).describe('Longest time for the drill.'),
});

export const etcdRestoreSpecSchema = z
  .object({
    source: sourceSchema,
    mode: z
      .enum(['NewCluster', 'InPlace', 'Materialize', 'Drill'])
      .describe(
        'NewCluster: onto empty volumes. InPlace: in place of the data of a cluster. Materialize: only the data directories. Drill: a throwaway cluster.',
      ),
    target: targetSchema.optional().describe('Where to; not for Drill.'),
    drill: drillSchema.optional().describe('The throwaway cluster of mode Drill.'),
    revision: z
      .object({
        policy: z
          .enum(['Auto', 'Fixed', 'None'])
          .default('Auto')
          .describe(
            'Auto: beyond all that the schedule has seen. Fixed: by `bump`. None: only for clusters without watchers.',
          ),
        bump: counter().optional().describe('For Fixed: by how much revisions are raised.'),
        slackPercent: z
          .int()
          .min(100)
          .max(1000)
          .default(120)
          .describe('For Auto: this much of the estimate.'),
      })
      .meta(
        rules({
          rule: "has(self.bump) == (self.policy == 'Fixed')",
          message: '`bump` must be set with policy `Fixed`, and only then',
          fieldPath: '.bump',
        }),
      )
      .default({ policy: 'Auto', slackPercent: 120 })
      .describe('Raises revisions, so that clients with caches never see them go back.'),
    safety: z
      .object({
        confirmClusterID: etcdID()
          .optional()
          .describe('ID of the cluster that is replaced, hexadecimal. Needed for InPlace.'),
        preRestoreBackup: z
          .enum(['Required', 'IfPossible', 'Never'])
          .default('Required')
          .describe('Whether what is there is backed up first.'),
        olderEtcd: z
          .enum(['Refuse', 'Allow'])
          .default('Refuse')
          .describe('What to do when the image is older than the saved data.'),
        unverified: z
          .enum(['Refuse', 'Allow'])
          .default('Refuse')
          .describe('What to do with a backup that was not verified.'),
        authSecretRef: localReference(
          'Secret with `username` and `password` of the saved cluster',
        ).optional(),
      })
      .default({ preRestoreBackup: 'Required', olderEtcd: 'Refuse', unverified: 'Refuse' })
      .describe('What must hold before anything is replaced.'),
    compareHashKV: z
      .enum(['Always', 'WhenPossible', 'Never'])
      .default('WhenPossible')
      .describe('Whether the restored keys are compared with the saved hash.'),
    oldData: z
      .enum(['Keep', 'DeleteAfterSuccess'])
      .default('Keep')
      .describe(
        'What becomes of the data that was there. It stays until the restore has succeeded in any case.',
      ),
    activeDeadlineSeconds: z.int().min(60).max(604800).default(7200).describe('Longest time for all of it.'),
  })
  .meta(
    rules(
      {
        rule: "has(self.target) == (self.mode != 'Drill')",
        message: '`target` must be set, except with mode `Drill`',
        fieldPath: '.target',
      },
      {
        rule: "!has(self.drill) || self.mode == 'Drill'",
        message: '`drill` must be set with mode `Drill` only',
        fieldPath: '.drill',
      },
      {
        rule: "self.mode != 'InPlace' || has(self.safety.confirmClusterID)",
        message: 'mode `InPlace` needs `safety.confirmClusterID`, the ID of the cluster that is replaced',
        fieldPath: '.safety',
      },
      ...immutable(
        'a restore is one request; create another EtcdRestore',
        'source',
        'mode',
        'target',
        'drill',
        'revision',
        'safety',
        'compareHashKV',
        'oldData',
      ),
    ),
  );

export const etcdRestoreStatusSchema = z.object({
  ...conditionFields,
  ...operationFields,
  startTime: timestamp().optional().describe('When it began.'),
  completionTime: timestamp().optional().describe('When it ended, well or not.'),
  selected: z
    .object({
      backup: z.string().max(253).optional().describe('The EtcdBackup.'),
      uri: z.string().max(2048).describe('`s3://BUCKET/KEY`'),
      versionID: z.string().max(1024).optional().describe('Version of the object.'),
      why: z.string().max(1024).describe('Why it was picked.'),
    })
    .optional()
    .describe('What is restored; decided once.'),
  clusterID: z
    .object({
      old: etcdID().optional().describe('Before, hexadecimal.'),
      new: etcdID().optional().describe('After, hexadecimal.'),
    })
    .optional()
    .describe('IDs of the cluster.'),
  revision: z
    .object({
      before: counter().optional().describe('In the backup.'),
      bump: counter().optional().describe('Raised by.'),
      after: counter().optional().describe('In the new cluster.'),
    })
    .optional()
    .describe('Revisions.'),
  hashKV: z
    .object({
      expected: z.int().min(0).max(4294967295).optional().describe('Saved.'),
      actual: z.int().min(0).max(4294967295).optional().describe('Restored.'),
      skipped: z.string().max(1024).optional().describe('Why it was not compared.'),
    })
    .optional()
    .describe('Comparison of the keys.'),
  members: z
    .array(
      z.object({
        name: z.string().max(63).describe('Name of the member.'),
        step: z
          .enum(['Pending', 'Fetched', 'Checked', 'Materialized', 'Swapped', 'Started', 'RolledBack'])
          .describe('The last step that is done.'),
        bytes: counter().optional().describe('Bytes fetched.'),
        message: z.string().max(4096).optional().describe('What it met.'),
      }),
    )
    .max(9)
    .optional()
    .meta({ kubernetes: { listMapKeys: ['name'] } })
    .describe('How far each member is.'),
  rollback: z
    .object({
      available: z.boolean().describe('Whether the old data is there.'),
      path: z.string().max(1024).optional().describe('Where it is on each volume.'),
    })
    .optional()
    .describe('The way back.'),
});

export type EtcdRestoreSpec = z.output<typeof etcdRestoreSpecSchema>;
export type EtcdRestoreStatus = z.output<typeof etcdRestoreStatusSchema>;
