import { operation, type OperationDefinition } from '@stateful/reconcile-sdk';
import { type OpenVolumes, type Volumes } from '../../../ports/volumes.ts';
import { type View } from '../view.ts';
import { isTaggedOurs, ownTags } from './ebs-backup-snapshots.ts';

export const ebsDeletionKind = 'volumes-deletion';

/** Deletes all snapshots of a backup: none that does not carry its tags. */
async function deleteSnapshots(volumes: Volumes, uid: string, signal: AbortSignal): Promise<void> {
  for (const one of await volumes.find(ownTags(uid), signal)) {
    if (isTaggedOurs(one, uid)) await volumes.delete(one.snapshotID, signal);
  }
}

/** Deletes what a backup by volumes has in EC2, with its EtcdBackup. */
export const ebsDeletion = ({
  openVolumes,
}: {
  readonly openVolumes: OpenVolumes;
}): OperationDefinition<View> =>
  operation<View>({
    kind: ebsDeletionKind,
    steps: [
      {
        name: 'snapshots',
        // Asked for at least once, and again as long as one shows.
        done: ({ volumes }, { asked }) =>
          volumes === undefined || volumes.snapshots === 'unknown'
            ? 'unknown'
            : asked && volumes.snapshots.length === 0,
        act: async ({ namespace, spec, uid }, { signal }) => {
          const volumes = await openVolumes(namespace, spec.ebs!);
          try {
            await deleteSnapshots(volumes, uid, signal);
          } finally {
            volumes.close();
          }
        },
        repeatMs: 5_000,
        pollMs: 2_000,
      },
    ],
  });
