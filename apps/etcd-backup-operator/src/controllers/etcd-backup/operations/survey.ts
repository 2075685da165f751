import { type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { describeError } from '@stateful/reconcile-sdk';
import { chooseMember, type Answered } from './choose-member.ts';
import { type EtcdMember } from '@stateful/etcd';
import { type Alarm, type MemberStatus } from '@stateful/etcd';
import { attemptFailed } from '../failure.ts';

/** The member that is read, and what was known of the cluster before. */
export interface Survey {
  readonly member: EtcdMember;
  readonly status: MemberStatus;
  /** A linearizable read at the start. */
  readonly floor: number | undefined;
  readonly alarms: readonly Alarm[];
}

/** The first that answers; undefined: none does. */
async function firstOf<T>(members: readonly EtcdMember[], ask: (member: EtcdMember) => Promise<T>) {
  return Promise.any(members.map(ask)).catch(() => undefined);
}

/** Asks all members how they are, and picks one. Throws what ends the attempt. */
export async function survey(
  members: readonly EtcdMember[],
  spec: EtcdBackupSpec,
  signal: AbortSignal,
): Promise<Survey> {
  const { snapshot, cluster } = spec;
  // Before the others: whoever answers later than this is at least as far, or behind.
  const floor = await firstOf(members, (member) => member.revision(signal));
  const answers = await Promise.all(
    members.map((member): Promise<Answered> =>
      member.status(signal).then(
        (status) => ({ endpoint: member.endpoint, status }),
        (error: unknown) => ({ endpoint: member.endpoint, error: describeError(error) }),
      ),
    ),
  );
  const alarms = (await firstOf(members, (member) => member.alarms(signal))) ?? [];
  const choice = chooseMember({
    answers,
    alarms,
    floor,
    prefer: snapshot?.member ?? 'PreferFollower',
    endpoint: snapshot?.endpoint,
    maxRaftLag: snapshot?.maxRaftLag ?? 1000,
    needsQuorum: (snapshot?.quorum ?? 'Required') === 'Required',
    failOnCorrupt: (snapshot?.onCorruptAlarm ?? 'Fail') === 'Fail',
    expectedClusterID: cluster.expectedClusterID,
  });
  if (!choice.ok) throw attemptFailed(choice.reason, choice.message);
  const member = members.find(({ endpoint }) => endpoint === choice.endpoint)!;
  return { member, status: choice.status, floor, alarms };
}
