import { hasEnded, type ConditionInput, type OperationRecord } from '@stateful/reconcile-sdk';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { hasFailed, isComplete, isFoundBad, isGoing, momentOf, nameOf, newestFirst } from './backups.ts';
import { retentionKind, runKind } from './operations/kinds.ts';
import { type RetentionPlan } from './retention.ts';
import { isSuspended, type Due, type TimingProblem } from './timing.ts';
import { isInventory, type View } from './view.ts';

const say = (
  type: string,
  status: ConditionInput['status'],
  reason: string,
  message: string,
): ConditionInput => ({ type, status, reason, message });

/** When the schedule becomes stale if nothing happens; undefined: never, or it is already. Milliseconds. */
export function staleAt(view: View, now: number): number | undefined {
  const at = becomesStaleAt(view);
  return at !== undefined && at > now ? at : undefined;
}

function becomesStaleAt({ schedule, spec }: View): number | undefined {
  if (spec.staleAfterSeconds === undefined) return undefined;
  const from = schedule.status?.lastSuccessful?.time ?? schedule.metadata?.creationTimestamp;
  const time = Date.parse(from ?? '');
  return Number.isNaN(time) ? undefined : time + spec.staleAfterSeconds * 1000;
}

/** Whether it is a schedule that can be followed. Pure. */
export function ready(
  view: View,
  problem: TimingProblem | undefined,
  verifyProblem: TimingProblem | undefined,
  due: Due | undefined,
): ConditionInput {
  if (problem)
    return say('Ready', 'False', problem.reason, `${problem.message}; no backups are made meanwhile`);
  if (isSuspended(view))
    return say('Ready', 'True', 'Suspended', 'no backups are made while spec.suspend is true');
  if (verifyProblem)
    return say('Ready', 'False', verifyProblem.reason, `${verifyProblem.message}; backups are made`);
  if (due?.waitsFor) {
    return say('Ready', 'True', 'Queued', `a run waits for the end of ${due.waitsFor.join(', ')}`);
  }
  return say('Ready', 'True', 'Scheduled', 'backups are made at their times');
}

/** Whether backups come out well. `after`: how the status stands with this look. Pure. */
export function healthy(
  view: View,
  { backups, lastSuccessful }: { backups: readonly EtcdBackup[]; lastSuccessful: string | undefined },
  now: number,
): ConditionInput {
  const staleSince = becomesStaleAt(view);
  const present = newestFirst(backups.filter((backup) => !isGoing(backup)));
  const last = present.find((backup) => isComplete(backup) || hasFailed(backup));
  if (staleSince !== undefined && staleSince <= now && !isSuspended(view)) {
    return say(
      'Healthy',
      'False',
      'Stale',
      `there has been no good backup since ${lastSuccessful ?? view.schedule.metadata?.creationTimestamp}, for longer than spec.staleAfterSeconds: look at its EtcdBackups`,
    );
  }
  if (last && hasFailed(last)) {
    const why = last.status?.conditions?.find(({ type }) => type === 'Succeeded')?.message ?? '';
    return say('Healthy', 'False', 'BackupFailed', `${nameOf(last)}: ${why}`);
  }
  const bad = present
    .filter((backup) => isComplete(backup) && isFoundBad(backup))
    .toSorted((a, b) => momentOf(b) - momentOf(a))[0];
  if (bad) {
    return say(
      'Healthy',
      'False',
      'VerificationFailed',
      `${nameOf(bad)}: ${bad.status?.verification?.reason ?? 'it was found to be bad'}; it is not counted as verified: look at its store, and delete it when it is of no use`,
    );
  }
  if (!last && lastSuccessful === undefined)
    return say('Healthy', 'Unknown', 'NoBackupYet', 'no backup has ended yet');
  return say(
    'Healthy',
    'True',
    'AsExpected',
    last ? `${nameOf(last)} came out well` : 'the last backup came out well',
  );
}

/** Whether something should be deleted and cannot be. Pure. */
export function retentionBlocked(
  view: View,
  plan: RetentionPlan | undefined,
  names: ReadonlyMap<string, string>,
): ConditionInput {
  const type = 'RetentionBlocked';
  if (view.spec.retention && view.spec.template.method !== 'Snapshot') {
    return say(
      type,
      'True',
      'NotSupported',
      'spec.retention is not followed for method EbsVolume: delete EtcdBackups by hand',
    );
  }
  const locked = (plan?.blocked ?? []).filter(({ reason }) => reason === 'ObjectLocked');
  const held = (plan?.blocked.length ?? 0) - locked.length;
  const first = locked.toSorted((a, b) => (a.until ?? 0) - (b.until ?? 0))[0];
  if (first) {
    return say(
      type,
      'True',
      'ObjectLocked',
      `the store refuses to delete ${locked.length} backups; the first, ${names.get(first.name) ?? first.name}, until ${new Date(first.until ?? 0).toISOString()}: it goes then`,
    );
  }
  return say(
    type,
    'False',
    'NothingBlocked',
    held === 0 ? 'nothing is in the way' : `${held} backups stay because they are held or in use`,
  );
}

/** What the last look at the store said; undefined: it stands as it was. Pure. */
export function storeReachable({ inventory, store, spec }: View): ConditionInput | undefined {
  const type = 'StoreReachable';
  if (spec.template.method !== 'Snapshot')
    return say(type, 'Unknown', 'NotUsed', 'volumes are snapshotted; there is no store');
  if (!store) {
    return say(
      type,
      'False',
      'StoreMissing',
      `BackupStore ${spec.template.storeRef?.name} does not exist: create it`,
    );
  }
  if (isInventory(inventory)) return say(type, 'True', 'Listed', 'the store answers');
  if (inventory === 'not-asked') return undefined;
  return say(type, 'False', 'StoreFailed', `${inventory.problem}; nothing is deleted meanwhile`);
}

/** What an operation that cannot get on has to tell. Pure. */
export function operationProblem(record: OperationRecord | undefined): ConditionInput | undefined {
  if (!record || record.phase === 'Succeeded' || record.phase === 'Cancelled') return undefined;
  const text = hasEnded(record) ? record.message : (record.stuck ?? record.lastError);
  if (text === undefined) return undefined;
  if (record.kind === runKind) return say('Ready', 'False', 'BackupNotCreated', text);
  if (record.kind === retentionKind) return say('RetentionBlocked', 'True', 'DeleteFailed', text);
  return undefined;
}
