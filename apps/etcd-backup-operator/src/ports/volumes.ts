import { type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { type Clock } from '@stateful/reconcile-sdk';
import type * as Ec2Module from '@aws-sdk/client-ec2';
import { type EC2Client, type Snapshot } from '@aws-sdk/client-ec2';
import { explainEc2 } from './ec2-error.ts';
import { credentialsFrom, type ReadSecret } from './secrets.ts';

/** A snapshot of a volume, as EC2 tells of it. */
export interface VolumeSnapshot {
  readonly snapshotID: string;
  readonly volumeID: string;
  readonly state: 'Pending' | 'Completed' | 'Error';
  /** Such as `42%`. */
  readonly progress?: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Volumes and their snapshots. Every call is made once, with a deadline, and throws Ec2Error. */
export interface Volumes {
  /** All of one's own snapshots that carry these tags. A new one may show only after a while. */
  find(tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<VolumeSnapshot[]>;
  /** Whether `create` would be allowed: nothing is made. Throws when it would not. */
  tryCreate(wanted: WantedSnapshot, signal: AbortSignal): Promise<void>;
  /** Not retried, and EC2 knows no token for it: when the answer is lost only `find` can say what became of it. */
  create(wanted: WantedSnapshot, signal: AbortSignal): Promise<VolumeSnapshot>;
  /** One that is not there counts as deleted. */
  delete(snapshotID: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface WantedSnapshot {
  readonly volumeID: string;
  readonly description: string;
  /** Set in the same request. */
  readonly tags: Readonly<Record<string, string>>;
}

type Ebs = NonNullable<EtcdBackupSpec['ebs']>;
/** Opens EC2 as a backup names it. The caller closes it. */
export type OpenVolumes = (namespace: string, ebs: Ebs) => Promise<Volumes>;

/** By EC2. Its client is loaded when it is first needed: it takes 67 MB, which most never use. */
export const openEc2 =
  (readSecret: ReadSecret, clock: Clock): OpenVolumes =>
  async (namespace, { region, endpoint, credentialsSecretRef }) => {
    const ec2 = await import('@aws-sdk/client-ec2');
    const secret = credentialsSecretRef?.name;
    const client = new ec2.EC2Client({
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(secret === undefined ? {} : { credentials: credentialsFrom(readSecret, clock, namespace, secret) }),
      // A second CreateSnapshot would be a second snapshot; all others are asked for again by whoever looks again.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    });
    return volumesOf(ec2, client, region);
  };

function volumesOf(ec2: typeof Ec2Module, client: EC2Client, region: string): Volumes {
  const onSnapshots = `arn:aws:ec2:${region}::snapshot/*`;
  const rights = {
    DescribeSnapshots: 'ec2:DescribeSnapshots on *',
    DeleteSnapshot: `ec2:DeleteSnapshot on ${onSnapshots}`,
    CreateSnapshot: `ec2:CreateSnapshot and ec2:CreateTags on ${onSnapshots}, and ec2:CreateSnapshot on the volume,`,
  };
  async function asked<T>(action: keyof typeof rights, of: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw explainEc2(error, { action: of === '' ? action : `${action} of ${of}`, grant: rights[action] });
    }
  }
  const createCommand = ({ volumeID, description, tags }: WantedSnapshot, DryRun: boolean) =>
    new ec2.CreateSnapshotCommand({
      VolumeId: volumeID,
      Description: description,
      DryRun,
      TagSpecifications: [
        { ResourceType: 'snapshot', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    });
  return {
    find: (tags, abortSignal) =>
      asked('DescribeSnapshots', '', async () => {
        const found: VolumeSnapshot[] = [];
        let token: string | undefined;
        do {
          const page = await client.send(
            new ec2.DescribeSnapshotsCommand({
              OwnerIds: ['self'],
              Filters: Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
              MaxResults: 500,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
            { abortSignal },
          );
          found.push(...(page.Snapshots ?? []).map(snapshotOf));
          token = page.NextToken === '' ? undefined : page.NextToken;
        } while (token !== undefined);
        return found;
      }),
    tryCreate: (wanted, abortSignal) =>
      asked('CreateSnapshot', wanted.volumeID, async () => {
        try {
          await client.send(createCommand(wanted, true), { abortSignal });
        } catch (error) {
          if ((error as Error).name !== 'DryRunOperation') throw error;
        }
      }),
    create: (wanted, abortSignal) =>
      asked('CreateSnapshot', wanted.volumeID, async () =>
        snapshotOf(await client.send(createCommand(wanted, false), { abortSignal })),
      ),
    delete: (snapshotID, abortSignal) =>
      asked('DeleteSnapshot', snapshotID, async () => {
        try {
          await client.send(new ec2.DeleteSnapshotCommand({ SnapshotId: snapshotID }), { abortSignal });
        } catch (error) {
          if ((error as Error).name !== 'InvalidSnapshot.NotFound') throw error;
        }
      }),
    close: () => client.destroy(),
  };
}

const states: Record<string, VolumeSnapshot['state']> = { completed: 'Completed', error: 'Error' };

const snapshotOf = ({
  SnapshotId,
  VolumeId,
  State,
  Progress,
  StartTime,
  Tags,
}: Snapshot): VolumeSnapshot => ({
  snapshotID: SnapshotId ?? '',
  volumeID: VolumeId ?? '',
  state: states[State ?? ''] ?? 'Pending',
  ...(Progress ? { progress: Progress } : {}),
  startTime: StartTime?.getTime() ?? 0,
  tags: Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
});
