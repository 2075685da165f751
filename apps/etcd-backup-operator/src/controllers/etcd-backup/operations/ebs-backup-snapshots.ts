import { ownerField, type EtcdBackup } from '@stateful/etcd-backup-api';
import { type VolumeSnapshot } from '../../../ports/volumes.ts';

/** What EC2 shows of a backup. `unknown`: it could not be asked, and why stands in `problem`. */
export interface SeenVolumes {
  /** Snapshots that carry the tags of this backup. */
  readonly snapshots: readonly VolumeSnapshot[] | 'unknown';
  /** When it was asked. Milliseconds since the epoch. */
  readonly at: number;
  readonly problem?: string;
}

/** A snapshot that EC2 told of when it was asked to make it; it may not show yet. Plain JSON. */
export type MadeSnapshot = Pick<VolumeSnapshot, 'snapshotID' | 'volumeID' | 'startTime'>;

export const ebsOperator = 'etcd-backup-operator';

/** Tags that say whose a snapshot is: all of them must be there before one is adopted or deleted. */
export const ownTags = (uid: string): Readonly<Record<string, string>> => ({
  operator: ebsOperator,
  [ownerField]: uid,
});

/** All tags of a snapshot: nobody's own may stand in the place of ours. */
export const tagsOf = (
  { metadata }: EtcdBackup,
  volumeID: string,
  tags: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  ...tags,
  'etcd-backup': `${metadata?.namespace}/${metadata?.name}`,
  'etcd-backup-volume': volumeID,
  ...ownTags(metadata?.uid ?? ''),
});

export const isTaggedOurs = ({ tags }: VolumeSnapshot, uid: string): boolean =>
  Object.entries(ownTags(uid)).every(([key, value]) => tags[key] === value);

/** The snapshot of a volume that counts: the earliest that has not come to nothing. Pure. */
export function chosenOf<S extends MadeSnapshot & Partial<VolumeSnapshot>>(
  snapshots: readonly S[],
  volumeID: string,
): S | undefined {
  return snapshots
    .filter((one) => one.volumeID === volumeID && one.state !== 'Error')
    .toSorted((a, b) => a.startTime - b.startTime || (a.snapshotID < b.snapshotID ? -1 : 1))[0];
}
