import { describeError, type Clock } from '@stateful/reconcile-sdk';
import { type OpenVolumes, type Volumes } from '../../../ports/volumes.ts';
import { type View } from '../view.ts';
import { ownTags, type SeenVolumes } from './ebs-backup-snapshots.ts';

/** Looks at the snapshots that carry the tags of a backup. */
export async function seeVolumes(
  { uid, namespace, spec }: Pick<View, 'uid' | 'namespace' | 'spec'>,
  { openVolumes, clock }: { openVolumes: OpenVolumes; clock: Clock },
  signal: AbortSignal,
): Promise<SeenVolumes> {
  // Before it is asked: what is told is at least as new.
  const at = clock.now();
  let volumes: Volumes | undefined;
  try {
    volumes = await openVolumes(namespace, spec.ebs!);
    return { snapshots: await volumes.find(ownTags(uid), signal), at };
  } catch (error) {
    return { snapshots: 'unknown', at, problem: describeError(error) };
  } finally {
    volumes?.close();
  }
}
