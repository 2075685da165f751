import { type S3Store } from '@stateful/backup-store-api';
import { type Job } from '@stateful/reconcile-sdk';
import {
  agentContainer,
  dataJob,
  etcdContainer,
  objectArgs,
  storeVolumes,
  type DataPod,
  type StoredSnapshot,
} from './data-pod.ts';
import { claimMounts, claimVolume, folderOf, stagingOf, type DataClaim } from './data-claim.ts';
import { restoreCommand, type RestoredMember } from './restore-command.ts';

export interface MaterializeJobInput extends DataPod, DataClaim {
  readonly store: S3Store;
  readonly object: StoredSnapshot;
  readonly member: RestoredMember;
  /** `NAME=URL,NAME=URL` of all members. */
  readonly initialCluster: string;
  /** Revisions to pass over; undefined: none. */
  readonly bump?: number;
  /** Refuses a claim with data of a member in it (NotEmpty). */
  readonly onlyEmpty: boolean;
}

/**
 * Makes the data of one member beside what stands on its claim, and touches nothing else. It may be run again at any time before
 * the swap: what has been fetched is gone on with, what was half made is made anew.
 */
export function materializeJob(input: MaterializeJobInput): Job {
  const { opID, store, object, member, initialCluster, bump, onlyEmpty } = input;
  const dataDir = folderOf(input);
  const { folder, data, facts } = stagingOf(input, opID);
  return dataJob(
    input,
    {
      initContainers: [
        agentContainer(
          input,
          'fetch',
          [
            ...['fetch', ...objectArgs(object), `--to=${folder}`, `--facts=${facts}`, `--clear=${data}`],
            ...(onlyEmpty ? [`--only-empty=${dataDir}`, `--op=${opID}`] : []),
          ],
          { store, mounts: claimMounts },
        ),
        etcdContainer(
          input,
          'restore',
          restoreCommand({
            file: `${folder}/snapshot.db`,
            dataDir: data,
            member,
            initialCluster,
            token: opID,
            bump,
          }),
          claimMounts,
        ),
      ],
      containers: [
        agentContainer(input, 'check', ['swap', '--check', `--data-dir=${dataDir}`, `--op=${opID}`], {
          mounts: claimMounts,
        }),
      ],
      volumes: [claimVolume(input), ...storeVolumes(store)],
    },
    { backoffLimit: 6, finalAnswers: true },
  );
}
