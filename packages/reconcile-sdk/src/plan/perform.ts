import { keyOf, keyText, resourceText } from '../client/index.ts';
import {
  OperatorError,
  describeError,
  isAlreadyExists,
  isConflict,
  isFenced,
  isNotFound,
} from '../errors/index.ts';
import { type Action, type WriteAction } from './action.ts';
import { type ChildProblem } from './child.ts';
import { type ExecuteContext } from './context.ts';
import { decideChild, type View } from './decide.ts';
import { managersText } from './field-managers.ts';
import { isNewerParent, type ParentGuard } from './parent-guard.ts';

export interface PerformContext extends ExecuteContext {
  /** Labels metrics. */
  readonly controller: string;
  readonly view: Pick<View, 'family' | 'fieldManager'>;
  readonly guard: ParentGuard;
}

/** What became of one action. `race`: somebody was faster; nothing is wrong, look again. */
export interface Performed {
  readonly wrote: boolean;
  readonly problem?: ChildProblem;
  readonly race?: Error;
}

/**
 * Carries one action out, under guard. Losing the leadership, or a newer parent, throws; anything else is this
 * child's problem alone.
 */
export async function perform(action: Action, context: PerformContext): Promise<Performed> {
  const { resource, key } = action;
  try {
    switch (action.verb) {
      case 'create':
      case 'apply':
      case 'shrink':
      case 'adopt':
        return await write(action, context);
      case 'delete':
        return { wrote: await guardedDeletion(action, context) };
      case 'foreign':
        return { wrote: false, problem: { resource, key, reason: 'ForeignObject', message: action.why } };
      case 'leave':
        context.metrics.writeSkipped(context.controller, resourceText(resource));
        return { wrote: false };
      case 'wait':
        return { wrote: false };
    }
  } catch (error) {
    if (isFenced(error) || isNewerParent(error)) throw error;
    const message = describeError(error);
    if (/conflict with "/.test(message)) {
      return {
        wrote: false,
        problem: { resource, key, reason: 'FieldConflict', message: fieldConflict(message) },
      };
    }
    if (error instanceof Error && isConflict(error)) return { wrote: false, race: error };
    const reason = action.verb === 'delete' ? 'DeleteFailed' : 'ApplyFailed';
    return { wrote: false, problem: { resource, key, reason, message, error } };
  }
}

const fieldConflict = (message: string): string =>
  `${message}. The field is left as that manager set it: take it out of one of the two.`;

/**
 * R2: what is smaller or taken over is looked at live first, and decided again by the same rule. What is new is sent
 * so that the API server refuses it where something of that name exists, and only then looked at: the cache may be
 * behind, or filtered by labels.
 */
async function write(action: WriteAction, context: PerformContext): Promise<Performed> {
  const { client, signal, view } = context;
  await context.guard();
  if (action.verb === 'apply') return { wrote: await send(action, context) };
  if (action.verb === 'create') {
    try {
      return { wrote: await send(action, context) };
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error;
    }
  }
  const { resource, key, live: seen } = action;
  const live = await client.find(resource, key, { signal });
  if (seen && live?.metadata?.uid !== seen.metadata?.uid) {
    context.metrics.writeRefused?.(context.controller, resourceText(resource));
    throw new OperatorError(
      'conflict',
      `${resourceText(resource)} ${keyText(key)} is not the one that was seen`,
    );
  }
  const now = decideChild(view, action.desired, live);
  switch (now.verb) {
    case 'create':
    case 'apply':
    case 'shrink':
    case 'adopt':
      return { wrote: await send(now, context) };
    default:
      return perform(now, context);
  }
}

async function send(action: WriteAction, context: PerformContext): Promise<boolean> {
  const { client, metrics, log, signal, controller } = context;
  const { verb, resource, key, desired, object, live, path } = action;
  const about = { child: `${resource.kind} ${key.name}`, ...(path === undefined ? {} : { path }) };
  log.info(
    about,
    verb === 'create' ? 'creating' : verb === 'adopt' ? 'taking over on request' : 'applying a change',
  );
  const isPosted = verb === 'create' && desired.createOnly;
  const { uid, resourceVersion } = live?.metadata ?? {};
  const isExact = verb === 'shrink' || verb === 'adopt';
  const result = isPosted
    ? await client.create(resource, object, { signal })
    : await client.apply(
        resource,
        {
          ...object,
          metadata: {
            ...object.metadata,
            // The UID binds the apply to the object that was looked at: a namesake made since is refused. What
            // destroys is bound to the very state that was read.
            ...(uid === undefined ? {} : { uid }),
            ...(isExact && resourceVersion !== undefined ? { resourceVersion } : {}),
          },
        },
        verb === 'create'
          ? { onlyCreate: true, signal }
          : { force: verb === 'adopt' || desired.conflicts !== 'report', signal },
      );
  if (isExact) metrics.writeGuarded?.(controller, resourceText(resource));
  metrics.writeMade(controller, resourceText(resource), isPosted ? 'create' : 'apply');
  const version = result.metadata?.resourceVersion;
  if (version !== undefined && version === resourceVersion) {
    metrics.writeChangedNothing(controller, resourceText(resource));
    log.warn(about, 'applied, but the API server sees no difference');
  }
  const { parent } = context.view.family;
  context.onApplied?.({
    parent: keyOf(parent),
    resource,
    child: key,
    ...(path === undefined ? {} : { path }),
  });
  if (verb === 'adopt' && live) {
    context.events.record(parent, {
      type: 'Normal',
      reason: 'Adopted',
      action: 'Reconcile',
      note: `${resource.kind} ${key.name} was taken over on request; its fields were managed by ${managersText(live, client.fieldManager)}`,
    });
  }
  return true;
}

/** R1, R2: it is read again and deleted under its UID and resourceVersion, if it is still what was seen. */
async function guardedDeletion(
  { resource, key, wanted }: Extract<Action, { verb: 'delete' }>,
  context: PerformContext,
): Promise<boolean> {
  const { client, signal, metrics, controller } = context;
  await context.guard();
  const live = await client.find(resource, key, { signal });
  if (!live?.metadata?.uid || live.metadata.deletionTimestamp !== undefined) return false;
  if (live.metadata.uid !== wanted.object.metadata?.uid || !wanted.isStillSo(live)) {
    metrics.writeRefused?.(controller, resourceText(resource));
    return false;
  }
  context.log.info({ child: `${resource.kind} ${key.name}`, because: wanted.because }, 'deleting');
  try {
    await client.delete(resource, key, {
      uid: live.metadata.uid,
      ...(live.metadata.resourceVersion ? { resourceVersion: live.metadata.resourceVersion } : {}),
      signal,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  metrics.writeGuarded?.(controller, resourceText(resource));
  metrics.writeMade(controller, resourceText(resource), 'delete');
  return true;
}
