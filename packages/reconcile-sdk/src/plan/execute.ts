import { isDeepStrictEqual } from 'node:util';
import {
  apiVersionOf,
  controllerOf,
  keyOf,
  keyText,
  resourceText,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../client/index.ts';
import { type ReadStore } from '../cache/index.ts';
import { OperatorError, describeError, isConflict, isFenced, isNotFound } from '../errors/index.ts';
import { type EventRecorder } from '../events/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Metrics } from '../metrics/index.ts';
import { changedConditions, type Condition } from '../status/index.ts';
import { appliedFields, difference } from './difference.ts';
import {
  type ChildProblem,
  type DesiredChild,
  type GuardedDelete,
  type Parent,
  type Plan,
  type PlanDefinition,
} from './plan.ts';

/** The world as the engine acts on it. */
export interface ExecuteContext {
  client: KubeClient;
  store<T extends KubeObject>(resource: Resource<T>): ReadStore<T>;
  /** Told of every write, for the read-your-own-writes barrier. */
  wrote(resource: Resource, key: ObjectKey, resourceVersion: string): void;
  events: EventRecorder;
  metrics: Metrics;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Carries one plan out: children that differ are applied, children that are no longer wanted are deleted under
 * guard, the status is written when it changed, and changed conditions become events. A problem with one child
 * does not stop the others. Throws after the status is written, so that the queue tries again.
 */
export async function executePlan<P extends Parent, Status extends { conditions?: Condition[] | undefined }>(
  definition: PlanDefinition<P, never, Status>,
  parent: P,
  plan: Plan<Status>,
  now: number,
  context: ExecuteContext,
): Promise<void> {
  const problems: ChildProblem[] = [];
  const guard = parentGuard(definition.resource, parent, context);
  if (plan.children !== 'leave') {
    for (const desired of plan.children) {
      const problem = await attempt(desired.resource, childKey(parent, desired), 'ApplyFailed', () =>
        applyChild(definition.name, parent, definition.resource, desired, guard, context),
      );
      if (problem) problems.push(problem);
    }
  }
  const pruned = plan.children === 'leave' ? [] : unwanted(definition, parent, plan.children, context);
  for (const wanted of [...pruned, ...(plan.deletes ?? [])]) {
    const problem = await attempt(wanted.resource, keyOf(wanted.object), 'DeleteFailed', () =>
      guardedDeletion(definition.name, wanted, guard, context),
    );
    if (problem) problems.push(problem);
  }
  const status =
    problems.length > 0
      ? definition.withProblems(plan.status, problems, now, parent.status as Status | undefined)
      : plan.status;
  await writeStatus(definition.name, definition.resource, parent, status, context);
  const first = problems.find((problem) => problem.error !== undefined) ?? problems[0];
  if (first) {
    throw first.error instanceof OperatorError
      ? first.error
      : new OperatorError('foreign-object', first.message, { cause: first.error });
  }
}

const childKey = (parent: Parent, { resource, object }: DesiredChild): ObjectKey => ({
  ...(resource.namespaced && parent.metadata?.namespace ? { namespace: parent.metadata.namespace } : {}),
  name: object.metadata?.name ?? '',
});

/** Losing a race or the leadership stops everything; anything else is this child's problem alone. */
async function attempt(
  resource: Resource,
  key: ObjectKey,
  reason: 'ApplyFailed' | 'DeleteFailed',
  run: () => Promise<ChildProblem | undefined>,
): Promise<ChildProblem | undefined> {
  try {
    return await run();
  } catch (error) {
    if (isFenced(error) || isNewerParent(error)) throw error;
    return { resource, key, reason, message: describeError(error), error };
  }
}

const newerParent = 'the parent has changed or is going';
const isNewerParent = (error: unknown): boolean =>
  isConflict(error) && describeError(error).includes(newerParent);

/** R2, R3, R7: before something is made, shrunk or deleted, the parent is read past the cache, once per plan. */
function parentGuard(
  resource: Resource,
  parent: Parent,
  { client, signal }: ExecuteContext,
): () => Promise<void> {
  let checked: Promise<void> | undefined;
  return () =>
    (checked ??= client.find(resource, keyOf(parent), { signal }).then((live) => {
      const isSame =
        live?.metadata?.uid === parent.metadata?.uid &&
        live?.metadata?.deletionTimestamp === undefined &&
        live?.metadata?.generation === parent.metadata?.generation;
      if (!isSame) throw new OperatorError('conflict', `${keyText(keyOf(parent))}: ${newerParent}`);
    }));
}

async function applyChild(
  controller: string,
  parent: Parent,
  parentResource: Resource,
  desired: DesiredChild,
  guard: () => Promise<void>,
  context: ExecuteContext,
): Promise<ChildProblem | undefined> {
  const { client, metrics, log, signal } = context;
  const { resource } = desired;
  const key = childKey(parent, desired);
  const object = owned(desired.object, parent, parentResource, key);
  let live = context.store(resource).get(key.namespace, key.name);
  if (!live) {
    await guard();
    // The cache may be behind, or filtered by labels: nothing that exists is taken for missing.
    live = await client.find(resource, key, { signal });
  }
  if (live && controllerOf(live)?.uid !== parent.metadata?.uid) return foreignObject(resource, key, live);
  if (live && desired.createOnly) return undefined;
  if (live?.metadata?.deletionTimestamp !== undefined) return undefined;
  if (live) {
    const path = difference(withoutServerFields(object), live, appliedFields(live, client.fieldManager));
    if (path === undefined) {
      metrics.writeSkipped(controller, resourceText(resource));
      return undefined;
    }
    if (desired.shrinks?.(live)) {
      await guard();
      const fresh = await client.find(resource, key, { signal });
      if (fresh?.metadata?.uid !== live.metadata?.uid) {
        throw new OperatorError(
          'conflict',
          `${resourceText(resource)} ${keyText(key)} is not the one that was seen`,
        );
      }
    }
    log.info({ child: `${resource.kind} ${key.name}`, path }, 'applying a change');
  } else {
    log.info({ child: `${resource.kind} ${key.name}` }, 'creating');
  }
  if (desired.createOnly) {
    const made = await client.create(resource, object, { signal });
    metrics.writeMade(controller, resourceText(resource), 'create');
    if (made.metadata?.resourceVersion) context.wrote(resource, key, made.metadata.resourceVersion);
    return undefined;
  }
  const uid = live?.metadata?.uid;
  const result = await client.apply(
    resource,
    // The UID binds the apply to the object that was looked at: a namesake made since is refused.
    uid ? { ...object, metadata: { ...object.metadata, uid } } : object,
    { force: live !== undefined, signal },
  );
  metrics.writeMade(controller, resourceText(resource), 'apply');
  const version = result.metadata?.resourceVersion;
  if (version !== undefined && version === live?.metadata?.resourceVersion) {
    metrics.writeChangedNothing(controller, resourceText(resource));
    log.warn({ child: `${resource.kind} ${key.name}` }, 'applied, but the API server sees no difference');
  } else if (version !== undefined) {
    context.wrote(resource, key, version);
  }
  return undefined;
}

function foreignObject(resource: Resource, key: ObjectKey, live: KubeObject): ChildProblem {
  const owner = controllerOf(live);
  const whose = owner ? `belongs to ${owner.kind} ${owner.name}` : 'was not made by this operator';
  return {
    resource,
    key,
    reason: 'ForeignObject',
    message: `${resource.kind} ${key.name} exists already and ${whose}; it is left alone. Rename or remove it, or give the cluster another name.`,
  };
}

function owned(object: KubeObject, parent: Parent, parentResource: Resource, key: ObjectKey): KubeObject {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(key.namespace ? { namespace: key.namespace } : {}),
      ownerReferences: [
        {
          apiVersion: apiVersionOf(parentResource),
          kind: parentResource.kind,
          name: parent.metadata?.name ?? '',
          uid: parent.metadata?.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
  };
}

/** Kind and version are the resource's; comparing them with a stored object says nothing. */
function withoutServerFields(object: KubeObject): KubeObject {
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  return rest;
}

function unwanted<P extends Parent, Status extends { conditions?: Condition[] | undefined }>(
  definition: PlanDefinition<P, never, Status>,
  parent: P,
  children: readonly DesiredChild[],
  context: ExecuteContext,
): GuardedDelete[] {
  const wanted = new Set(
    children.map((desired) => `${resourceText(desired.resource)} ${desired.object.metadata?.name}`),
  );
  return definition.owns
    .filter((kind) => !kind.keep)
    .flatMap(({ resource }) =>
      context
        .store(resource)
        .ownedBy(parent.metadata?.uid ?? '')
        .filter((object) => controllerOf(object)?.uid === parent.metadata?.uid)
        .filter((object) => !wanted.has(`${resourceText(resource)} ${object.metadata?.name}`))
        .filter((object) => object.metadata?.deletionTimestamp === undefined)
        .map((object) => ({
          resource,
          object,
          isStillSo: (live: KubeObject) => controllerOf(live)?.uid === parent.metadata?.uid,
          because: 'it is no longer wanted',
        })),
    );
}

/** R1, R2: it is read again and deleted under its UID and resourceVersion, if it is still what was seen. */
async function guardedDeletion(
  controller: string,
  { resource, object, isStillSo, because }: GuardedDelete,
  guard: () => Promise<void>,
  context: ExecuteContext,
): Promise<undefined> {
  const { client, signal } = context;
  const key = keyOf(object);
  await guard();
  const live = await client.find(resource, key, { signal });
  if (!live?.metadata?.uid || live.metadata.uid !== object.metadata?.uid) return undefined;
  if (live.metadata.deletionTimestamp !== undefined || !isStillSo(live)) return undefined;
  context.log.info({ child: `${resource.kind} ${key.name}`, because }, 'deleting');
  await client
    .delete(resource, key, {
      uid: live.metadata.uid,
      ...(live.metadata.resourceVersion ? { resourceVersion: live.metadata.resourceVersion } : {}),
      signal,
    })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  context.metrics.writeMade(controller, resourceText(resource), 'delete');
  return undefined;
}

async function writeStatus<P extends Parent, Status extends { conditions?: Condition[] | undefined }>(
  controller: string,
  resource: Resource<P>,
  parent: P,
  status: Status,
  context: ExecuteContext,
): Promise<void> {
  const before = parent.status as Status | undefined;
  // Through JSON, as it will be stored: undefined members do not exist there.
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(status)), JSON.parse(JSON.stringify(before ?? {})))) {
    context.metrics.writeSkipped(controller, `${resourceText(resource)}/status`);
    return;
  }
  const key = keyOf(parent);
  const result = await context.client.apply(
    resource,
    { metadata: { ...key, uid: parent.metadata?.uid }, status } as unknown as P,
    { subresource: 'status', force: true, signal: context.signal },
  );
  context.metrics.writeMade(controller, resourceText(resource), 'status');
  if (result.metadata?.resourceVersion) context.wrote(resource, key, result.metadata.resourceVersion);
  for (const condition of changedConditions(before?.conditions, status.conditions)) {
    context.events.record(result, {
      type: isBad(condition) ? 'Warning' : 'Normal',
      reason: condition.reason,
      action: 'Reconcile',
      note: `${condition.type} is ${condition.status}: ${condition.message}`,
    });
  }
}

/** Degraded is bad when true, the others when false; not knowing and getting on are no warning. */
const isBad = ({ type, status }: Condition): boolean =>
  type === 'Degraded' ? status === 'True' : status === 'False' && type !== 'Progressing' && type !== 'Ready';
