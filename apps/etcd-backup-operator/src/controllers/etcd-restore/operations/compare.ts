import { type EtcdMember } from '@stateful/etcd';
import { describeError, OperatorError } from '@stateful/reconcile-sdk';
import { restoreFailed } from '../failure.ts';
import { type Compared } from '../selected.ts';
import { targetOf, type View } from '../view.ts';

/**
 * Looks whether the cluster that has started is the one that was restored: a quorum answers, as one new cluster, beyond all
 * that was seen of the old one, with the saved keys. Throws what another look may cure, or ends the restore.
 */
export async function compare(
  view: View,
  members: readonly EtcdMember[],
  signal: AbortSignal,
): Promise<Compared> {
  const { spec, results } = view;
  const { select, check, mark } = results;
  const asked = await Promise.all(
    members.map((member) =>
      member.status(signal).then(
        (status) => ({ member, status }),
        (error: unknown) => ({ member, error: describeError(error) }),
      ),
    ),
  );
  const up = asked.flatMap((one) => ('status' in one ? [one] : []));
  const silent = asked.flatMap((one) => ('error' in one ? [one.error] : []));
  // One endpoint may stand for all of them: a Service.
  const needed = Math.min(members.length, targetOf(spec).members.length);
  if (up.length < needed) {
    throw new OperatorError(
      'unavailable',
      `${up.length} of ${members.length} members answer: ${silent.join('; ')}`,
    );
  }
  const clusters = [...new Set(up.map(({ status }) => status.clusterID))];
  if (clusters.length > 1) {
    throw restoreFailed('MembersDisagree', `the members are of clusters ${clusters.join(' and ')}`);
  }
  const clusterID = clusters[0]!;
  if (clusterID === mark?.oldClusterID) {
    throw restoreFailed('SameCluster', `the members are still of the old cluster ${clusterID}`);
  }
  // Needs a quorum.
  const reached = await up[0]!.member.revision(signal);
  const first = (check?.revision ?? 0) + (mark?.bump ?? 0);
  if (reached < first || (mark?.bump !== undefined && first <= (mark.highWater ?? 0))) {
    throw restoreFailed(
      'RevisionTooLow',
      `the restored cluster is at revision ${reached}, and has to be at ${first} or later and beyond ${mark?.highWater ?? 0}`,
    );
  }
  const base = { clusterID, revision: first };
  const skipped = (why: string): Compared => ({ ...base, skipped: why });
  // At the first revision what clients have written since does not count.
  const expectedKeys = check?.keys ?? select?.etcd.keys;
  if (expectedKeys !== undefined) {
    const keys = await up[0]!.member.keyCount(first, signal).catch(goneOrThrow);
    if (keys !== undefined && keys !== expectedKeys) {
      throw restoreFailed(
        'KeysDiffer',
        `the restored cluster has ${keys} keys, and the backup ${expectedKeys}`,
      );
    }
  }
  if (spec.compareHashKV === 'Never') return skipped('compareHashKV is Never');
  const hashes = await Promise.all(up.map(({ member }) => member.hashKV(first, signal).catch(goneOrThrow)));
  const known = hashes.filter((answer) => answer !== undefined);
  if (known.length < up.length) {
    if (spec.compareHashKV === 'Always') {
      throw restoreFailed('HashKVDiffers', `revision ${first} is compacted, so HashKV cannot be asked for`);
    }
    return skipped(`revision ${first} is compacted already`);
  }
  const distinct = [...new Set(known.map(({ hash, compactRevision }) => `${hash} ${compactRevision}`))];
  if (distinct.length > 1) {
    // Members compact in their own time.
    const compactions = new Set(known.map(({ compactRevision }) => compactRevision));
    if (compactions.size > 1) {
      throw new OperatorError('unavailable', 'the members have not compacted to the same revision yet');
    }
    throw restoreFailed(
      'MembersDisagree',
      `the members hash to ${distinct.join(' and ')} at revision ${first}`,
    );
  }
  const { hash } = known[0]!;
  if (mark?.bump !== undefined) {
    return {
      ...skipped(
        'the saved revision is compacted by the raise; the members agree with each other, and the object was compared before',
      ),
      hashKV: hash,
    };
  }
  if (check?.hashKV !== undefined && check.hashKV !== hash) {
    throw restoreFailed(
      'HashKVDiffers',
      `the restored keys hash to ${hash}, and the saved ones to ${check.hashKV}`,
    );
  }
  return {
    ...base,
    hashKV: hash,
    ...(check?.hashKV === undefined ? { skipped: 'the backup has no HashKV' } : {}),
  };
}

/** A revision that is compacted cannot be asked for. */
const goneOrThrow = (error: unknown): undefined => {
  if (error instanceof OperatorError && error.code === 'gone') return undefined;
  throw error;
};
