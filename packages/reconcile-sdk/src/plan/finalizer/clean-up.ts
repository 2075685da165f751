import { keyOf, keyText, type KubeObject } from '../../client/index.ts';
import { OperatorError, describeError, isFenced } from '../../errors/index.ts';
import { type ExecuteContext, type ExecuteResult, type ReconcileInput } from '../context.ts';
import { childrenElsewhere, finalizerName, viewOf } from '../decide-plan.ts';
import { type StatusLike } from '../status-like.ts';
import { carryOut, least } from '../execute.ts';
import { isElsewhere, isOurs, parentUidLabel, type Family } from '../ownership.ts';
import { isNewerParent } from '../parent-guard.ts';
import { type Parent, type PlanDefinition } from '../plan.ts';
import { finalPlan } from './definition.ts';
import { nextFinalizerMove, type FinalizerInput, type FinalizerMove } from './finalizer-machine.ts';
import { setFinalizer } from './set-finalizer.ts';
import { isUninstalling } from './uninstalling.ts';

/** For kinds that only have children elsewhere. */
const childrenOnly = { deadlineMs: 10 * 60_000, onDeadline: 'release' } as const;
const uninstallDeadlineMs = 30_000;
/** A namespace or CRD may begin to go while an object already is. */
const lookAgainMs = 30_000;

/**
 * One look at an object that is going and held by our finalizer: cleans up, and lets it go when all is clean or its
 * time is over. Neither an outside that does not answer nor an `observe` that fails can hold it beyond that.
 */
export async function cleanUp<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: ReconcileInput,
): Promise<ExecuteResult> {
  const { finalizer } = definition;
  const family: Family = { parent, resource: definition.resource };
  const { now } = context;
  const timing = await timingOf(family, finalizer ?? childrenOnly, now, context);
  const inTime = nextFinalizerMove({ ...timing, done: false });
  const tried = await tryToClean(definition, parent, inTime, context);
  const move = nextFinalizerMove({ ...timing, done: tried.isClean });
  if (move.kind === 'clean-up') {
    if (tried.error) throw tried.error;
    const { requeueAfterMs, ...result } = tried.result;
    return { ...result, requeueAfterMs: least(requeueAfterMs, move.lookAgainMs, lookAgainMs) ?? lookAgainMs };
  }
  if (move.kind === 'give-up') {
    const error = tried.error === undefined ? '' : ` (${describeError(tried.error)})`;
    context.events.record(parent, {
      type: 'Warning',
      reason: 'CleanUpGivenUp',
      action: 'Finalize',
      note: `let go although it could not be cleaned up in time${error}; this may be left behind: ${tried.leftBehind}`,
    });
    context.log.warn(
      { object: keyText(keyOf(parent)), leftBehind: tried.leftBehind },
      'the time to clean up is over; the finalizer is removed',
    );
  }
  await release(definition, parent, context);
  return tried.result;
}

interface Tried {
  readonly result: ExecuteResult;
  readonly isClean: boolean;
  readonly error?: Error;
  readonly leftBehind: string;
}

async function tryToClean<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  move: FinalizerMove,
  context: ReconcileInput,
): Promise<Tried> {
  const nothing: ExecuteResult = { wroteChildren: false, wroteStatus: 'none' };
  let leftBehind = 'what it made outside';
  try {
    const snapshot = await definition.observe(parent, context);
    const final = finalPlan(definition, parent, snapshot, context.now);
    leftBehind = final.leftBehind ?? leftBehind;
    const held = move.kind === 'clean-up' && move.overdue;
    const { result, error, isSettled } = await carryOut(
      { definition, parent, plan: final, snapshot, now: context.now },
      context,
      {
        finalizer: finalizerName(definition),
        problems: held
          ? [
              {
                resource: definition.resource,
                key: keyOf(parent),
                reason: 'FinalizerHeld',
                message: `it is deleted but cannot be cleaned up in time: ${leftBehind}. Help, or remove the finalizer ${finalizerName(definition)}`,
              },
            ]
          : [],
      },
    );
    const left = await leftElsewhere(definition, parent, context);
    if (left.length > 0 && final.leftBehind === undefined) leftBehind = left.join(', ');
    const isClean = final.done === true && isSettled && left.length === 0 && error === undefined;
    return { result, isClean, leftBehind, ...(error === undefined ? {} : { error }) };
  } catch (error) {
    if (isFenced(error) || isNewerParent(error) || context.signal.aborted) throw error;
    const failed = error instanceof Error ? error : new OperatorError('unavailable', describeError(error));
    return { result: nothing, isClean: false, error: failed, leftBehind };
  }
}

/** R2: before the object goes nobody of its children elsewhere may be missed because a cache is behind. */
async function leftElsewhere<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: ExecuteContext,
): Promise<string[]> {
  const family: Family = { parent, resource: definition.resource };
  const cached = childrenElsewhere(viewOf(family, context), definition.owns);
  const text = ({ metadata }: KubeObject, kind: string): string =>
    `${kind} ${keyText(keyOf({ metadata: metadata ?? {} }))}`;
  if (cached.length > 0) return cached.map((object) => text(object, object.kind ?? 'object'));
  const left: string[] = [];
  for (const { resource } of definition.owns.filter(({ elsewhere, keep }) => elsewhere && !keep)) {
    const { items } = await context.client
      .list(resource, {
        labelSelector: `${parentUidLabel(definition.resource)}=${parent.metadata?.uid}`,
        signal: context.signal,
      })
      // Who may only list some namespaces has looked at those in the cache.
      .catch((error: unknown) => {
        if (error instanceof OperatorError && error.code === 'forbidden') return { items: [] };
        throw error;
      });
    left.push(
      ...items
        .filter((object) => isElsewhere(family, resource, keyOf(object)) && isOurs(family, resource, object))
        .map((object) => text(object, resource.kind)),
    );
  }
  return left;
}

async function timingOf(
  family: Family,
  finalizer: { deadlineMs: number; onDeadline: 'release' | 'hold'; uninstallDeadlineMs?: number },
  now: number,
  context: ExecuteContext,
): Promise<Omit<FinalizerInput, 'done'>> {
  const deletedAt = Date.parse(family.parent.metadata?.deletionTimestamp ?? '') || now;
  const shortened = finalizer.uninstallDeadlineMs ?? uninstallDeadlineMs;
  return {
    deletedAt,
    now,
    deadlineMs: finalizer.deadlineMs,
    onDeadline: finalizer.onDeadline,
    uninstallDeadlineMs: shortened,
    // Before that time it makes no difference.
    isUninstalling: now >= deletedAt + shortened && (await isUninstalling(family, context)),
  };
}

/** R1, R2: from the object as it is live, and only that state of it. */
async function release<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: ExecuteContext,
): Promise<void> {
  const { client, signal } = context;
  const live = await client.find(definition.resource, keyOf(parent), { signal });
  const name = finalizerName(definition);
  if (live?.metadata?.uid !== parent.metadata?.uid || !live?.metadata?.finalizers?.includes(name)) return;
  if (live.metadata.deletionTimestamp === undefined) return;
  context.log.info({ object: keyText(keyOf(parent)), finalizer: name }, 'the finalizer is removed');
  await setFinalizer(definition.resource, live, name, false, context);
}
