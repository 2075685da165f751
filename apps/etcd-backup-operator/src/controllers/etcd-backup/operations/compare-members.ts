import { type EtcdMember } from '@stateful/etcd';
import { attemptFailed } from '../failure.ts';

/** How many members hold the same keys at one revision. */
export interface Agreement {
  readonly membersChecked: number;
  readonly membersAgreeing: number;
}

/**
 * Asks members for their hash at the saved revision. Only hashes with the same compaction can be compared. `Required`: one
 * that differs, or fewer than two that can be compared, ends the attempt.
 */
export async function compareMembers(
  members: readonly EtcdMember[],
  revision: number,
  mode: 'Never' | 'SameRevision' | 'Required',
  signal: AbortSignal,
): Promise<Agreement | undefined> {
  if (mode === 'Never') return undefined;
  const answers = (
    await Promise.all(
      members.map((member) =>
        member.hashKV(revision, signal).then(
          (answer) => [{ endpoint: member.endpoint, ...answer }],
          () => [],
        ),
      ),
    )
  ).flat();
  const largest = (key: (answer: (typeof answers)[number]) => string, of: typeof answers) => {
    const groups = Map.groupBy(of, key);
    return [...groups.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
  };
  const comparable = largest(({ compactRevision }) => String(compactRevision), answers);
  const agreeing = largest(({ hash }) => String(hash), comparable);
  const others = comparable.filter((answer) => !agreeing.includes(answer)).map(({ endpoint }) => endpoint);
  if (mode === 'Required' && others.length > 0) {
    throw attemptFailed(
      'MembersDisagree',
      `at revision ${revision} ${others.join(', ')} holds other keys than ${agreeing.map(({ endpoint }) => endpoint).join(', ')}: compare and heal the members before the backup can be trusted`,
    );
  }
  if (mode === 'Required' && comparable.length < 2) {
    throw attemptFailed('NoMemberAnswers', `fewer than two members told their hash at revision ${revision}`);
  }
  return { membersChecked: comparable.length, membersAgreeing: agreeing.length };
}
