import { type EtcdMember, type HashAnswer, type SnapshotFacts } from '@stateful/etcd';
import { type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { describeError } from '@stateful/reconcile-sdk';
import { attemptFailed } from '../failure.ts';

/** What members say of their keys at the saved revision. */
export interface Agreement {
  /** Those whose answers can be compared: they have compacted equally. */
  readonly membersChecked: number;
  readonly membersAgreeing: number;
  /** What those that agree answered; undefined: nobody could tell. */
  readonly told?: { readonly hash: number; readonly compactRevision: number };
  /** Endpoints that hold other keys than most. */
  readonly disagreeing: readonly string[];
  /** Why nobody could tell. */
  readonly silent?: string;
}

/** Asks those members whose word the spec wants; undefined: nobody's. `source`: the one that was read. */
export async function agreementOf(
  { snapshot, verify }: EtcdBackupSpec,
  members: readonly EtcdMember[],
  source: EtcdMember,
  facts: SnapshotFacts,
  signal: AbortSignal,
): Promise<Agreement | undefined> {
  const mode = snapshot?.crossMemberHash ?? 'SameRevision';
  if (mode !== 'Never') return compareMembers(members, facts, mode, signal);
  // The saved keys are compared with somebody's all the same.
  return verify.level === 'HashKV' || verify.level === 'Drill'
    ? compareMembers([source], facts, 'SameRevision', signal)
    : undefined;
}

type Answer = { readonly endpoint: string } & HashAnswer;

/**
 * Asks members for their hash at the saved revision. Only hashes with the same compaction can be compared. `Required`: one
 * that differs, or fewer than two that can be compared, ends the attempt.
 */
export async function compareMembers(
  members: readonly EtcdMember[],
  { revision, compactRevision }: Pick<SnapshotFacts, 'revision' | 'compactRevision'>,
  mode: 'SameRevision' | 'Required',
  signal: AbortSignal,
): Promise<Agreement> {
  const failures: string[] = [];
  /**
   * A member that compacted up to this very revision remembers a hash over rows that the snapshot no longer has. Asked for its
   * newest revision it makes another one, if that is still the same revision.
   */
  async function ask(member: EtcdMember): Promise<Answer> {
    const { endpoint } = member;
    const answer = await member.hashKV(revision, signal);
    if (Math.max(0, answer.compactRevision) >= compactRevision) return { endpoint, ...answer };
    const newest = await member.hashKV(0, signal);
    return { endpoint, ...(newest.hashRevision === revision ? newest : answer) };
  }
  const answers = (
    await Promise.all(
      members.map((member) =>
        ask(member).then(
          (answer) => [answer],
          (error: unknown) => {
            failures.push(describeError(error));
            return [];
          },
        ),
      ),
    )
  ).flat();
  const largest = (key: (answer: Answer) => number, of: readonly Answer[]): readonly Answer[] =>
    [...Map.groupBy(of, key).values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
  const comparable = largest((answer) => answer.compactRevision, answers);
  const agreeing = largest(({ hash }) => hash, comparable);
  const disagreeing = comparable.filter((one) => !agreeing.includes(one)).map(({ endpoint }) => endpoint);
  if (mode === 'Required' && disagreeing.length > 0) {
    throw attemptFailed(
      'MembersDisagree',
      `at revision ${revision} ${disagreeing.join(', ')} holds other keys than ${agreeing.map(({ endpoint }) => endpoint).join(', ')}: compare and heal the members before the backup can be trusted`,
    );
  }
  if (mode === 'Required' && comparable.length < 2) {
    throw attemptFailed('NoMemberAnswers', `fewer than two members told their hash at revision ${revision}`);
  }
  const [told] = agreeing;
  return {
    membersChecked: comparable.length,
    membersAgreeing: agreeing.length,
    disagreeing,
    ...(told
      ? { told: { hash: told.hash, compactRevision: Math.max(0, told.compactRevision) } }
      : { silent: failures.join('; ').slice(0, 1000) }),
  };
}
