import { type PostgresClusterSpec, type PostgresClusterStatus } from '@stateful/postgres-api';
import { conditionsFrom, type ChildProblem, type ConditionInput } from '@stateful/reconcile-sdk';
import { problemText } from '../../admission/judge.ts';
import { type Problem } from '../../admission/rule.ts';
import { backupHistory } from './backup-history.ts';
import { backupVerdict } from './backup-condition.ts';
import { instancesOf } from './instances.ts';
import { instanceSelector, selectorText } from './labels.ts';
import { progressingCondition } from './progressing-condition.ts';
import { readyCondition } from './ready-condition.ts';
import { type Size } from './size.ts';
import { type Snapshot } from './snapshot.ts';

export interface StatusResult {
  readonly status: PostgresClusterStatus;
  /** When the status changes by the passing of time alone. */
  readonly staleAt: number | undefined;
}

/** Status of a cluster whose spec is carried out. */
export function statusOf(
  snapshot: Snapshot,
  decided: { spec: PostgresClusterSpec; size: Size; checksum: string; repository: string | undefined },
  now: number,
): StatusResult {
  const { spec, size, checksum, repository } = decided;
  const instances = instancesOf(snapshot, size.members);
  const history = backupHistory(snapshot);
  const backup = backupVerdict(snapshot, spec, history, now);
  const status = {
    ...factsOf(snapshot, size.members),
    specChecksum: checksum,
    ...(repository === undefined ? {} : { backupRepository: repository }),
    conditions: conditions(
      snapshot,
      [
        readyCondition(snapshot, instances, size.members),
        progressingCondition(snapshot, { spec, size, instances, checksum }),
        asExpected,
        backup.condition,
      ],
      now,
    ),
  };
  return { status, staleAt: backup.staleAt };
}

/** Status of a cluster that is left as it is because its spec cannot be carried out: what runs is still told. */
export function heldStatus(
  snapshot: Snapshot,
  held: { progressing: ConditionInput; degraded?: ConditionInput },
  now: number,
): PostgresClusterStatus {
  const { status: before } = snapshot.cluster;
  const members = snapshot.statefulSet?.spec?.replicas ?? 0;
  const instances = instancesOf(snapshot, members);
  const backup = before?.conditions?.find((condition) => condition.type === 'BackupHealthy');
  const ready = snapshot.statefulSet
    ? readyCondition(snapshot, instances, members)
    : ({ ...(held.degraded ?? held.progressing), type: 'Ready', status: 'False' } as const);
  return {
    ...factsOf(snapshot, members),
    ...(before?.specChecksum === undefined ? {} : { specChecksum: before.specChecksum }),
    ...(before?.backupRepository === undefined ? {} : { backupRepository: before.backupRepository }),
    conditions: conditions(
      snapshot,
      [ready, held.progressing, held.degraded ?? asExpected, ...(backup ? [backup] : [])],
      now,
    ),
  };
}

const asExpected: ConditionInput = {
  type: 'Degraded',
  status: 'False',
  reason: 'AsExpected',
  message: 'the spec is valid and everything could be made as it says',
};

export const invalidSpec = (problems: readonly Problem[]): ConditionInput => ({
  type: 'Degraded',
  status: 'True',
  reason: 'InvalidSpec',
  message: `${problems.map(problemText).join('; ')}. Nothing was changed.`,
});

/**
 * The planned status when something could not be made: Degraded says what, all else stands. `before` is the status
 * as it stands now, for the time since when it is so.
 */
export function withProblems(
  status: PostgresClusterStatus,
  problems: readonly ChildProblem[],
  now: number,
  before: PostgresClusterStatus | undefined,
): PostgresClusterStatus {
  const [first] = problems;
  if (!first) return status;
  const planned = status.conditions ?? [];
  const degraded = conditionsFrom(
    before?.conditions,
    [
      {
        type: 'Degraded',
        status: 'True',
        reason: first.reason,
        message: brief(
          problems.map(({ resource, key, message }) => `${resource.kind} ${key.name}: ${message}`).join('; '),
        ),
      },
    ],
    status.observedGeneration ?? 0,
    now,
  );
  return {
    ...status,
    conditions: planned.flatMap((condition) => (condition.type === 'Degraded' ? degraded : [condition])),
  };
}

const brief = (message: string): string => (message.length > 2_000 ? `${message.slice(0, 2_000)}…` : message);

const conditions = (snapshot: Snapshot, wanted: readonly ConditionInput[], now: number) =>
  conditionsFrom(
    snapshot.cluster.status?.conditions,
    wanted.map(({ type, status, reason, message }) => ({
      type,
      status,
      reason,
      message: brief(message),
    })),
    snapshot.cluster.metadata?.generation ?? 0,
    now,
  );

/** What is so, whatever the spec wants. */
function factsOf(snapshot: Snapshot, members: number): PostgresClusterStatus {
  const { cluster, failover } = snapshot;
  const instances = instancesOf(snapshot, members);
  const history = backupHistory(snapshot);
  const before = cluster.status;
  // Who is primary is only told when it is known; epoch and identity are facts that stay.
  const known = failover.kind === 'known' ? failover : undefined;
  const epoch = known?.epoch ?? before?.epoch;
  const timeline = known?.state?.timeline ?? before?.timeline;
  const systemIdentifier = known?.state?.systemIdentifier ?? before?.systemIdentifier;
  return {
    observedGeneration: cluster.metadata?.generation ?? 0,
    replicas: snapshot.pods.length,
    readyReplicas: instances.filter((instance) => instance.ready).length,
    selector: selectorText(instanceSelector(cluster.metadata?.name ?? '')),
    ...(known?.holder === undefined ? {} : { primary: known.holder }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(timeline === undefined ? {} : { timeline }),
    ...(systemIdentifier === undefined ? {} : { systemIdentifier }),
    instances: instances.map(({ pod: _pod, ...instance }) => instance),
    ...(history.last ? { lastBackup: history.last } : {}),
    ...(history.lastSuccessful ? { lastSuccessfulBackup: history.lastSuccessful } : {}),
  };
}
