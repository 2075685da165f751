import { conditionFields, counter, operationFields, timestamp } from '@stateful/crd-kit';
import * as z from 'zod';
import { etcdID } from './etcd-cluster.ts';
import { verificationStatusSchema } from './verification.ts';

const text = (most = 1024) => z.string().max(most);

export const sealSchema = z.object({
  sizeBytes: counter().describe('Size of the object.'),
  sha256: text(64).describe('SHA-256 of the object, hexadecimal.'),
  etagsSHA256: text(64).optional().describe('SHA-256 over the ETags of the parts, in their order.'),
  checksum: text(128).optional().describe('Full-object checksum as the store writes it.'),
  parts: z.int().min(0).max(10000).describe('Parts of the upload.'),
  revision: counter().describe('Revision read from the pages.'),
});

/** The record of one request to the outside; written with a resourceVersion before the request is made. */
const requestSchema = z.object({
  opID: text(64).describe('The UID of the EtcdBackup: every effect carries it.'),
  attempt: z.int().min(1).max(100).describe('Counts from 1.'),
  fence: z
    .object({
      holder: text(253).describe('The operator that wrote this.'),
      transitions: counter().describe('Changes of leader until then.'),
    })
    .describe('Tells a deposed leader from the present one.'),
  method: z.enum(['Snapshot', 'EbsVolume']).describe('What was asked for.'),
  state: z
    .enum(['Intent', 'Issued', 'Sealed', 'Settled', 'Abandoned'])
    .describe(
      'Intent: will be asked. Issued: may have been asked. Sealed: all sent and checked. Settled: found done outside. Abandoned: given up.',
    ),
  requestedAt: timestamp().describe('When it was first asked.'),
  key: text().optional().describe('Key of the object.'),
  uploadID: text().optional().describe('The multipart upload.'),
  volumeIDs: z.array(text(32)).max(9).optional().describe('Volumes of a snapshot by EC2.'),
  tag: text(256).optional().describe('Tag that finds the snapshots again.'),
  seal: sealSchema.optional().describe('What must be found outside.'),
  nextAttemptAt: timestamp().optional().describe('Not again before.'),
  error: z
    .object({
      code: text(253).describe('One CamelCase word.'),
      message: text(4096).describe('For people.'),
      retryable: z.boolean().describe('Whether another attempt may help.'),
    })
    .optional()
    .describe('What the attempt met.'),
});

const artifactSchema = z.object({
  uri: text(2048).describe('`s3://BUCKET/KEY`'),
  versionID: text().optional().describe('Version of the object in a bucket that keeps versions.'),
  etag: text(256).optional().describe('ETag of the object.'),
  sizeBytes: counter().describe('Size of the object.'),
  plaintextBytes: counter().optional().describe('Size before packing.'),
  checksum: text(128).optional().describe('ALGORITHM:VALUE, as the store verified it.'),
  snapshotSHA256: text(64).describe('SHA-256 of the snapshot before packing, hexadecimal.'),
  manifestURI: text(2048).optional().describe('Where its manifest is.'),
  compression: z.enum(['None', 'Gzip']).describe('How it is packed.'),
  retainUntil: timestamp().optional().describe('The store refuses to delete it before.'),
});

const volumeSnapshotSchema = z.object({
  volumeID: text(32).describe('The volume.'),
  snapshotID: text(64).describe('Its snapshot.'),
  state: z.enum(['Pending', 'Completed', 'Error']).describe('As EC2 says.'),
  progress: text(8).optional().describe('As EC2 says, such as `42%`.'),
  startTime: timestamp().optional().describe('The moment that it shows.'),
});

export const etcdFactsSchema = z.object({
  clusterID: etcdID().describe('Hexadecimal.'),
  memberID: etcdID().optional().describe('The member that was read, hexadecimal.'),
  endpoint: text(253).optional().describe('Where it was read.'),
  wasLeader: z.boolean().optional().describe('Whether it led then.'),
  serverVersion: text(32).optional().describe('Version of etcd.'),
  storageVersion: text(32).optional().describe('Version of the data.'),
  revision: counter().optional().describe('Newest revision in the backup.'),
  compactRevision: counter().optional().describe('Oldest revision that is whole.'),
  raftIndex: counter().optional().describe('Index applied.'),
  raftTerm: counter().optional().describe('Its term.'),
  dbSize: counter().optional().describe('Bytes of the database.'),
  dbSizeInUse: counter().optional().describe('Bytes of them in use.'),
  keys: counter().optional().describe('Number of keys.'),
  leases: counter().optional().describe('Number of leases.'),
  authEnabled: z.boolean().optional().describe('Whether sign-in was needed.'),
  alarms: z.array(text(64)).max(16).optional().describe('Alarms at that time.'),
  hashKV: z.int().min(0).max(4294967295).optional().describe('HashKV at `revision`, from the saved pages.'),
  membersAgreeing: z.int().min(0).max(64).optional().describe('Members with that HashKV.'),
  membersChecked: z.int().min(0).max(64).optional().describe('Members asked for it.'),
});

export const etcdBackupStatusSchema = z.object({
  ...conditionFields,
  ...operationFields,
  startTime: timestamp().optional().describe('When it began.'),
  completionTime: timestamp().optional().describe('When it ended, well or not.'),
  lastBackupRequest: requestSchema.optional().describe('The request under way, or the last.'),
  artifact: artifactSchema.optional().describe('What was stored.'),
  ebs: z
    .array(volumeSnapshotSchema)
    .max(9)
    .optional()
    .meta({ kubernetes: { listMapKeys: ['volumeID'] } })
    .describe('Snapshots by EC2.'),
  etcd: etcdFactsSchema.optional().describe('What is in the backup.'),
  verification: verificationStatusSchema.optional().describe('What was checked last.'),
  timings: z
    .object({
      pointInTime: timestamp().describe('The moment that the backup shows.'),
      captureSeconds: counter().describe('How long the member was read.'),
      totalSeconds: counter().describe('From the request to the end.'),
      bytesPerSecond: counter().describe('While it was read.'),
    })
    .optional()
    .describe('How long it took.'),
});

export type EtcdBackupStatus = z.output<typeof etcdBackupStatusSchema>;
export type BackupRequest = z.output<typeof requestSchema>;
export type Seal = z.output<typeof sealSchema>;
export type Artifact = z.output<typeof artifactSchema>;
