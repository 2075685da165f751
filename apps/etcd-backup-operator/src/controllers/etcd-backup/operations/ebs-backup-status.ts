import { ownerField, type BackupRequest, type EtcdBackupStatus } from '@stateful/etcd-backup-api';
import { kubeTime, type ConditionInput, type OperationRecord } from '@stateful/reconcile-sdk';
import { callResultOf, isSettling } from './ebs-backup-call.ts';
import { chosenIn, ebsOf, knownSnapshots } from './ebs-backup.ts';
import { chosenOf, type MadeSnapshot } from './ebs-backup-snapshots.ts';
import { type View } from '../view.ts';

type Told = NonNullable<EtcdBackupStatus['ebs']>;

/** The snapshots of a backup, for its status. What has been told stays told when EC2 does not answer. Pure. */
export function snapshotsOf(view: View, record: OperationRecord | undefined): Told | undefined {
  const before = view.backup.status?.ebs;
  const seen = view.volumes?.snapshots;
  if (!record || seen === undefined || seen === 'unknown') return before;
  const chosen = chosenIn(record.results);
  const known = knownSnapshots(view, record.results ?? {});
  const told = ebsOf(view).volumeIDs.flatMap((volumeID): Told => {
    const one: MadeSnapshot | undefined =
      chosen.find((made) => made.volumeID === volumeID) ?? chosenOf(known, volumeID);
    if (!one) return [];
    const shown = seen.find(({ snapshotID }) => snapshotID === one.snapshotID);
    return [
      {
        volumeID,
        snapshotID: one.snapshotID,
        state: shown?.state ?? 'Pending',
        ...(shown?.progress === undefined ? {} : { progress: shown.progress }),
        ...(one.startTime > 0 ? { startTime: kubeTime(one.startTime) } : {}),
      },
    ];
  });
  return told.length > 0 ? told : before;
}

/** Stored and Verified of a backup by volumes. Pure. */
export function volumeConditions(record: OperationRecord | undefined): ConditionInput[] {
  const chosen = chosenIn(record?.results);
  const isStored = record?.phase === 'Succeeded';
  const deleted = (record?.results?.['tidy'] as readonly string[] | undefined) ?? [];
  return [
    {
      type: 'Stored',
      status: isStored ? 'True' : 'False',
      reason: isStored ? 'SnapshotsCompleted' : 'NoSnapshots',
      message: isStored
        ? chosen.map(({ snapshotID, volumeID }) => `${snapshotID} of ${volumeID}`).join(', ') +
          (deleted.length > 0
            ? `; deleted, as they were made twice or came to nothing: ${deleted.join(', ')}`
            : '')
        : 'nothing can be restored from it',
    },
    {
      type: 'Verified',
      status: 'False',
      reason: isStored ? 'NotReadable' : 'NotStored',
      message: isStored
        ? 'the operator does not read snapshots of volumes: only a restore proves them'
        : 'there is nothing to verify yet',
    },
  ];
}

/** What is under way, for people. Pure. */
export function volumeProgress(view: View, { step, results }: Partial<OperationRecord> = {}): string {
  const index = /^volume-(\d)$/.exec(step ?? '')?.[1];
  if (index !== undefined) {
    const volumeID = ebsOf(view).volumeIDs[Number(index) - 1];
    const result = callResultOf(results?.[step ?? '']);
    return isSettling(result)
      ? `a request for a snapshot of ${volumeID} may have been made, and its answer was lost: until ${kubeTime(result.notBefore)} it is waited for one to show before another is made`
      : `asking for a snapshot of ${volumeID}`;
  }
  const texts: Record<string, string> = {
    permissions: 'asking EC2 whether snapshots may be made',
    members: 'asking the members how they are',
    settle: 'waiting until all snapshots show',
    complete: 'EC2 is making the snapshots',
    tidy: 'looking for snapshots that were made twice',
  };
  return texts[step ?? ''] ?? 'under way';
}

/** What the members said before the snapshots were made. */
export const memberFactsIn = (record: OperationRecord | undefined): EtcdBackupStatus['etcd'] =>
  record?.results?.['members'] as unknown as EtcdBackupStatus['etcd'];

function stateOf({ phase, step = '', reason }: OperationRecord): BackupRequest['state'] {
  if (phase === 'Succeeded') return 'Settled';
  if (phase === 'Failed' || phase === 'Cancelled' || reason !== undefined) return 'Abandoned';
  if (step.startsWith('volume-')) return 'Issued';
  return ['settle', 'complete', 'tidy'].includes(step) ? 'Sealed' : 'Intent';
}

/** The ledger entry of an attempt at volumes. Pure. */
export function volumeRequest(view: View, record: OperationRecord, request: BackupRequest): BackupRequest {
  const { key: _key, ...kept } = request;
  return {
    ...kept,
    method: 'EbsVolume',
    state: stateOf(record),
    volumeIDs: [...ebsOf(view).volumeIDs],
    tag: `${ownerField}=${view.uid}`,
  };
}
