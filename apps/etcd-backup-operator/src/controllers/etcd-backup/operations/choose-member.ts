import { type Alarm, type MemberStatus } from '@stateful/etcd';

/** What one endpoint answered, or why it did not. */
export type Answered =
  | { readonly endpoint: string; readonly status: MemberStatus }
  | { readonly endpoint: string; readonly error: string };

export interface ChooseInput {
  readonly answers: readonly Answered[];
  readonly alarms: readonly Alarm[];
  /** What a linearizable read at the start told; undefined: there is no quorum, or it could not be asked. */
  readonly floor: number | undefined;
  readonly prefer: 'PreferFollower' | 'Leader' | 'MostAdvanced' | 'Endpoint';
  /** For `Endpoint`. */
  readonly endpoint?: string | undefined;
  readonly maxRaftLag: number;
  readonly needsQuorum: boolean;
  readonly failOnCorrupt: boolean;
  readonly expectedClusterID?: string | undefined;
}

export type Choice =
  | { readonly ok: true; readonly endpoint: string; readonly status: MemberStatus }
  | {
      readonly ok: false;
      readonly reason:
        | 'NoQuorum'
        | 'NoMemberAnswers'
        | 'ClusterMismatch'
        | 'CorruptAlarm'
        | 'MembersBehind'
        | 'LeaderMissing';
      readonly message: string;
    };

/** The member that is read: healthy, and no further behind than a client that reads now. Pure. */
export function chooseMember(input: ChooseInput): Choice {
  const { answers, alarms, floor, prefer, maxRaftLag } = input;
  const refuse = (reason: Extract<Choice, { ok: false }>['reason'], message: string): Choice => ({
    ok: false,
    reason,
    message,
  });
  const up = answers.flatMap((answer) => ('status' in answer ? [answer] : []));
  const silent = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
  if (up.length === 0) return refuse('NoMemberAnswers', `no member answers: ${silent.join('; ')}`);
  const clusters = [...new Set(up.map(({ status }) => status.clusterID))];
  const { expectedClusterID } = input;
  if (clusters.length > 1 || (expectedClusterID !== undefined && clusters[0] !== expectedClusterID)) {
    const wanted = expectedClusterID === undefined ? 'one cluster' : `cluster ${expectedClusterID}`;
    return refuse(
      'ClusterMismatch',
      `the endpoints belong to ${clusters.join(' and ')}, not to ${wanted}: correct spec.cluster`,
    );
  }
  if (floor === undefined && input.needsQuorum) {
    return refuse(
      'NoQuorum',
      `a linearizable read was not answered, so most members are away: ${silent.join('; ')}`,
    );
  }
  const corrupt = alarms.filter(({ type }) => type === 'CORRUPT').map(({ memberID }) => memberID);
  if (corrupt.length > 0 && input.failOnCorrupt) {
    return refuse(
      'CorruptAlarm',
      `etcd reports member ${corrupt.join(', ')} as corrupt: heal it, or set snapshot.onCorruptAlarm to Proceed`,
    );
  }
  const mostAdvanced = Math.max(...up.map(({ status }) => status.raftAppliedIndex));
  const fit = up.filter(
    ({ endpoint, status }) =>
      !status.isLearner &&
      !corrupt.includes(status.memberID) &&
      (floor === undefined || status.revision >= floor) &&
      mostAdvanced - status.raftAppliedIndex <= maxRaftLag &&
      (prefer !== 'Endpoint' || endpoint === input.endpoint),
  );
  const isLeader = ({ status }: { status: MemberStatus }): boolean => status.leader === status.memberID;
  const byAdvance = fit.toSorted((a, b) => b.status.raftAppliedIndex - a.status.raftAppliedIndex);
  const best = {
    PreferFollower: byAdvance.find((one) => !isLeader(one)) ?? byAdvance[0],
    Leader: byAdvance.find(isLeader),
    MostAdvanced: byAdvance[0],
    Endpoint: byAdvance[0],
  }[prefer];
  if (best) return { ok: true, ...best };
  if (prefer === 'Leader' && fit.length > 0)
    return refuse('LeaderMissing', 'the leader is not among the endpoints that answer');
  return refuse(
    'MembersBehind',
    `no member that answers is as far as revision ${floor}: ${up.map(({ endpoint, status }) => `${endpoint} is at ${status.revision}`).join(', ')}`,
  );
}
