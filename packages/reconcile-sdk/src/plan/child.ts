import { type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { kstatusOf } from '../status/index.ts';
import { type Answer } from './answer.ts';

/** Names one child of the same plan. */
export interface ChildRef {
  readonly resource: Resource;
  readonly name: string;
  /** Only for a child outside its parent's namespace. */
  readonly namespace?: string;
}

/** How the engine is to treat one child. */
export interface ChildOptions<T extends KubeObject = KubeObject> {
  /** Made once and never changed again: generated passwords, for one. */
  readonly createOnly?: boolean;
  /**
   * Says that going from `live` to this is destructive (R3): the engine then reads the child again from the API
   * server and binds the apply to exactly what it read. Default: when `spec.replicas` gets smaller.
   */
  readonly shrinks?: (live: T) => boolean;
  /**
   * Children that have to be ready before this one is made. One that exists already goes on being updated, so that
   * a revert can always be applied; see `orderUpdates`. When the time comes to delete them, this one goes first.
   */
  readonly after?: readonly ChildRef[];
  /** Updates wait too: until all of `after` are as wanted and ready. Default false. */
  readonly orderUpdates?: boolean;
  /** Whether those that come after this one may be made. Default: it exists and is not going. */
  readonly readyWhen?: (live: T) => Answer;
  /**
   * What to do about a foreign object of this name. `never` (default): leave it and say so. `requested`: take it
   * over if somebody asked: on the object by the annotation `GROUP/adopt-into: UID of the parent`, or, in the
   * parent's own namespace, on the parent by `GROUP/adopt: Kind/name,Kind/name`. GROUP is the parent's API group.
   * An object that has another controller is never taken over.
   */
  readonly adopt?: 'never' | 'requested';
  /**
   * What to do about a field of a child of ours that another manager holds at another value. `take` (default): it
   * is ours. `report`: leave it, and say whose it is.
   */
  readonly conflicts?: 'take' | 'report';
}

/**
 * One object that should exist. The namespace of the parent is filled in when it names none; a child in another
 * namespace, or a cluster-scoped one of a namespaced parent, carries no owner reference but a label with its
 * parent's UID, and its kind has to be declared with `elsewhere`.
 */
export interface DesiredChild<T extends KubeObject = KubeObject> extends ChildOptions<T> {
  readonly resource: Resource<T>;
  /** Only the fields that we want to own; the rest is the API server's and other managers'. */
  readonly object: T;
}

/** `child(resources.services, {...})` checks the object against its kind and forgets the type afterwards. */
export function child<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  options: ChildOptions<T> = {},
): DesiredChild {
  return { resource, object, ...options } as unknown as DesiredChild;
}

/**
 * A `readyWhen` by the rules of kstatus, which knows the built-in kinds and the conditions of others: a StatefulSet
 * is ready when what was applied last is rolled out.
 */
export function isCurrent(live: KubeObject): Answer {
  const { status } = kstatusOf(live);
  return status === 'Unknown' ? 'unknown' : status === 'Current';
}

/** How another child's `after` names this one. */
export const refOf = ({ resource, object }: DesiredChild): ChildRef => ({
  resource,
  name: object.metadata?.name ?? '',
  ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
});

/** One object to be deleted although it is no child that the engine prunes: a pod that has to be made anew. */
export interface GuardedDelete<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  /** As it was seen; its UID is the only one that is deleted. */
  readonly object: T;
  /** Asked again about the object as it is live: false leaves it alone (R2). */
  readonly isStillSo: (live: T) => boolean;
  /** For people: why. */
  readonly because: string;
}

/** As `child`: checks the types and forgets them. */
export function guardedDelete<T extends KubeObject>(wanted: GuardedDelete<T>): GuardedDelete {
  return wanted as unknown as GuardedDelete;
}

/** Why one child could not be made as wanted. */
export interface ChildProblem {
  readonly resource: Resource;
  readonly key: ObjectKey;
  readonly reason: 'ForeignObject' | 'FieldConflict' | 'ApplyFailed' | 'DeleteFailed' | 'FinalizerHeld';
  /** For people: what is in the way and what to do. */
  readonly message: string;
  readonly error?: unknown;
}

/** One thing that is not done yet, and what it waits for. */
export interface Waiting {
  readonly verb: 'create' | 'update' | 'delete';
  readonly resource: Resource;
  readonly key: ObjectKey;
  /** What it waits for: another child, or itself while it is still going. */
  readonly on: { readonly resource: Resource; readonly key: ObjectKey };
  /** For people, to be read after `on`: `is not ready`, `does not exist yet`. */
  readonly why: string;
  /**
   * Since when, as far as objects tell (wall clock, milliseconds): the creation of what is not ready, the deletion
   * mark of what is going. How long a condition has stood is its own lastTransitionTime.
   */
  readonly since?: number;
}

/** `create Deployment api waits for StatefulSet db, which is not ready`: for conditions. */
export const waitingText = ({ verb, resource, key, on, why }: Waiting): string =>
  `${verb} ${resource.kind} ${key.name} waits for ${on.resource.kind} ${on.key.name}, which ${why}`;
