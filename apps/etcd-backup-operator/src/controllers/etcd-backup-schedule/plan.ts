import { type EtcdBackupScheduleStatus } from '@stateful/etcd-backup-api';
import {
  conditionsFrom,
  hasEnded,
  kubeTime,
  mergeConditions,
  type Condition,
  type ConditionInput,
  type OperationRecord,
  type Plan,
  type WantedOperation,
} from '@stateful/reconcile-sdk';
import { healthy, operationProblem, ready, retentionBlocked, staleAt, storeReachable } from './conditions.ts';
import { retentionOf, stockOf, surplusOf, type Stock } from './keeping.ts';
import { historyOf } from './operations/history.ts';
import { retentionWish, takenBy } from './operations/retention.ts';
import { runOf } from './operations/run.ts';
import { runKind } from './operations/kinds.ts';
import { picked, verificationOf } from './operations/verify.ts';
import { type RetentionPlan } from './retention.ts';
import { namesOf, outcomeOf, stockStatus } from './status.ts';
import { dueRun, dueVerification, isTiming, timingOf, unchangedSince, verifyProblem } from './timing.ts';
import { isInventory, type View } from './view.ts';

/** The status as the engine handles it. */
export type Status = Omit<EtcdBackupScheduleStatus, 'conditions' | 'operation' | 'operationHistory'> & {
  conditions?: Condition[] | undefined;
};

/** A clock that is set forward is noticed within. */
const mostMs = 600_000;
const storeAgainMs = 30_000;
const atOnceMs = 200;

/**
 * What a schedule needs now: at most one operation. A run comes before all else; then data that should go, then EtcdBackups
 * beyond the limits, then checks. What is decided on a slot stands in the same status write as the operation that follows from
 * it. Pure.
 */
export function plan(view: View, now: number): Plan<Status> {
  const { schedule, record, inventory } = view;
  const before = schedule.status;
  const timing = timingOf(view, now);
  const problem = isTiming(timing) ? undefined : timing;
  const isBusy = record !== undefined && !hasEnded(record);
  const isRunning = isBusy && record.kind === runKind;
  const due = isTiming(timing) ? dueRun(view, timing, now) : undefined;
  const slot = due?.run === undefined ? undefined : chooseRun(view, due.run, now);
  const isFree = !isBusy && typeof slot !== 'number' && slot !== 'ask';
  // What is listed counts only where it may lead to something: else it is listed again.
  const stock = isFree && isInventory(inventory) ? stockOf(view, inventory, inventory.locks) : undefined;
  const kept = stock && retentionOf(view, stock, now);
  const tidying = isFree ? tidy(view, stock, kept, now) : undefined;
  const check = isTiming(timing) ? dueVerification(view, timing, now) : undefined;
  const checked = check?.run === undefined ? undefined : picked(view, check.run);
  const mustWait = slot === 'ask' || (isBusy && due?.run !== undefined);
  const operation = choose();
  const outcome = outcomeOf(view);
  const conditions = [
    ready(view, problem, verifyProblem(view), due),
    healthy(view, { backups: view.backups, lastSuccessful: outcome.lastSuccessful?.time }, now),
    ...asBefore(
      before?.conditions,
      'RetentionBlocked',
      stock || view.spec.template.method !== 'Snapshot'
        ? retentionBlocked(view, kept, stock ? namesOf(stock) : new Map())
        : undefined,
    ),
    ...asBefore(before?.conditions, 'StoreReachable', storeReachable(view)),
  ];
  const { lastScheduleTime, missedRuns } = slots();
  const isChecked = isFree && !tidying && check && (check.run !== undefined || check.missed > 0);
  const lastVerificationTime = isChecked ? kubeTime(check.last) : before?.lastVerificationTime;
  return {
    children: [],
    ...(operation ? { operation } : {}),
    status: {
      observedGeneration: schedule.metadata?.generation ?? 0,
      conditions: conditionsFrom(before?.conditions, conditions, schedule.metadata?.generation ?? 0, now),
      ...(isTiming(timing)
        ? {
            effectiveSchedule: {
              expression: timing.expression,
              timeZone: timing.timeZone,
              startTime: kubeTime(timing.since),
            },
          }
        : before?.effectiveSchedule
          ? { effectiveSchedule: before.effectiveSchedule }
          : {}),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(due?.next === undefined ? {} : { nextScheduleTime: kubeTime(due.next) }),
      ...(lastVerificationTime === undefined ? {} : { lastVerificationTime }),
      ...(check?.next === undefined ? {} : { nextVerificationTime: kubeTime(check.next) }),
      missedRuns,
      ...outcome,
      ...stockStatus(view, stock, kept, now),
    },
    requeueAfterMs: wakeAfter(),
  };

  function choose(): WantedOperation | undefined {
    if (isRunning) return asItStands(record);
    // A run has the way: what else is under way is found again after it.
    if (isBusy) return due?.run === undefined ? asItStands(record) : undefined;
    if (typeof slot === 'number') return runOf(view, slot);
    if (tidying) return tidying;
    if (check?.run !== undefined && checked) return verificationOf(view, check.run, checked);
    return record && record.reason !== 'Withdrawn' ? asItStands(record) : undefined;
  }

  function slots(): { lastScheduleTime: string | undefined; missedRuns: number } {
    const missed = before?.missedRuns ?? 0;
    const isDecided = due && !mustWait && !due.waitsFor && (due.run !== undefined || due.missed > 0);
    if (!isDecided) return { lastScheduleTime: before?.lastScheduleTime, missedRuns: missed };
    return { lastScheduleTime: kubeTime(due.last), missedRuns: missed + due.missed };
  }

  function wakeAfter(): number {
    if (mustWait && !isRunning) return atOnceMs;
    const blocked = Math.min(...(kept?.blocked ?? []).flatMap(({ until }) => until ?? []));
    const waits = [due?.next, check?.next, staleAt(view, now), blocked].flatMap((time) =>
      time !== undefined && time > now ? [time - now] : [],
    );
    const isLost = typeof inventory === 'object' && 'problem' in inventory;
    const isGoing =
      isInventory(inventory) && inventory.backups.some(({ uid }) => takenBy(record).includes(uid));
    return Math.max(50, Math.min(...waits, isLost || isGoing ? storeAgainMs : mostMs, mostMs));
  }
}

const asItStands = ({ kind, key, params }: OperationRecord): WantedOperation => ({
  kind,
  key,
  ...(params ? { params } : {}),
});

/** `ask`: whether it may be left out can only be said when a member has been asked. */
function chooseRun(view: View, slot: number, now: number): number | 'unchanged' | 'ask' {
  const last = unchangedSince(view, now);
  const { progress } = view;
  if (!last || progress === 'unknown') return slot;
  if (progress === 'not-asked') return 'ask';
  return progress.revision === last.revision && progress.clusterID === last.clusterID ? 'unchanged' : slot;
}

function tidy(
  view: View,
  stock: Stock | undefined,
  kept: RetentionPlan | undefined,
  now: number,
): WantedOperation | undefined {
  const { inventory, spec } = view;
  const mayDelete =
    isInventory(inventory) && inventory.reason !== 'Refresh' && spec.retention?.mode === 'Apply';
  const wish = mayDelete ? retentionWish(kept?.delete ?? [], new Date(now).toISOString()) : undefined;
  const going = new Set(kept?.delete ?? []);
  return wish ?? historyOf(surplusOf(view, stock).filter(({ uid }) => !going.has(uid)));
}

function asBefore(
  conditions: readonly ConditionInput[] | undefined,
  type: string,
  now: ConditionInput | undefined,
): ConditionInput[] {
  if (now) return [now];
  const before = conditions?.find((condition) => condition.type === type);
  return before ? [{ type, status: before.status, reason: before.reason, message: before.message }] : [];
}

/** What an operation meets stands among the conditions. Pure. */
export function withOperation(
  status: Status,
  { record }: { readonly record: OperationRecord | undefined },
  now: number,
  before: Status | undefined,
): Status {
  const problem = operationProblem(record);
  if (!problem) return status;
  const told = conditionsFrom(before?.conditions, [problem], status.observedGeneration ?? 0, now);
  return { ...status, conditions: mergeConditions(status.conditions, told) };
}
