import { type SnapshotKeys } from '@stateful/etcd';
import { type Captured } from '../captured.ts';

/** What a comparison of the saved keys with the members came to. */
export type HashVerdict =
  { readonly result: 'Passed' } | { readonly result: 'Skipped' | 'Failed'; readonly reason: string };

/** Compares the keys of a stored snapshot with what the members told when it was taken. */
export async function checkHash(keys: SnapshotKeys, { etcd, members }: Captured): Promise<HashVerdict> {
  const at = `at revision ${etcd.revision}`;
  if (!members?.told) {
    return {
      result: 'Skipped',
      reason: `no member told its hash ${at}: ${members?.silent ?? 'none was asked'}`,
    };
  }
  const { told, disagreeing } = members;
  const found = await keys.hashKV(told.compactRevision);
  if (!found.ok)
    return { result: 'Skipped', reason: `the hash of the saved keys cannot be told: ${found.reason}` };
  const [agreeing, checked] = [etcd.membersAgreeing ?? 0, etcd.membersChecked ?? 0];
  if (!found.hashes.includes(told.hash)) {
    // Then a member's answer depends on how far its compaction was when it was asked.
    if (keys.keys === 0)
      return { result: 'Skipped', reason: `there is no key ${at}, and the hash of that tells nothing` };
    return {
      result: 'Failed',
      reason: `HashKVDiffers: the saved keys hash to ${found.hashes.join(' or ')} ${at}, and ${agreeing} of ${checked} members answered ${told.hash}: compare the members, and take another backup`,
    };
  }
  return agreeing * 2 > checked
    ? { result: 'Passed' }
    : {
        result: 'Failed',
        reason: `MembersDisagree: ${agreeing} of ${checked} members hold the saved keys ${at}, and ${disagreeing.join(', ')} others: compare and heal the members`,
      };
}
