import { type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { type ReadStore } from '../cache/index.ts';
import { type Condition } from '../status/index.ts';

/** A kind with a spec and a status, as all of ours are. */
export interface Parent extends KubeObject {
  spec?: unknown;
  status?: object;
}

/** One object that should exist. Namespace and owner reference are filled in by the engine. */
export interface DesiredChild<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  /** Only the fields that we want to own; the rest is the API server's and other managers'. */
  readonly object: T;
  /** Made once and never changed again: generated passwords, for one. */
  readonly createOnly?: boolean;
  /**
   * Says that going from `live` to this is destructive (R3): the engine then reads parent and child again from
   * the API server before it applies.
   */
  readonly shrinks?: (live: T) => boolean;
}

/** `child(resources.services, {...})` checks the object against its kind and forgets the type afterwards. */
export function child<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  options: { createOnly?: boolean; shrinks?: (live: T) => boolean } = {},
): DesiredChild {
  return { resource, object, ...options } as unknown as DesiredChild;
}

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

/** What one look at the world leads to. Made by a pure function; nothing in it has happened yet. */
export interface Plan<Status> {
  /** `leave`: touch no child at all, because what is wanted cannot be known (a spec that is not valid). */
  readonly children: readonly DesiredChild[] | 'leave';
  readonly deletes?: readonly GuardedDelete[];
  /** The whole status as it should stand; it is written only when it differs. */
  readonly status: Status;
  /** Look again after this long, even when nothing has changed. Milliseconds. */
  readonly requeueAfterMs?: number;
}

/** Why one child could not be made as wanted. */
export interface ChildProblem {
  readonly resource: Resource;
  readonly key: ObjectKey;
  readonly reason: 'ForeignObject' | 'ApplyFailed' | 'DeleteFailed';
  /** For people: what is in the way and what to do. */
  readonly message: string;
  readonly error?: unknown;
}

/** What `observe` may look at. */
export interface ObserveContext {
  /** The cache of a kind that the controller declared in `owns` or `reads`. Throws for any other. */
  store<T extends KubeObject>(resource: Resource<T>): ReadStore<T>;
  signal: AbortSignal;
}

/** An operator's logic for one kind: three functions, two of them pure. */
export interface PlanDefinition<
  P extends Parent,
  Snapshot,
  Status extends { conditions?: Condition[] | undefined },
> {
  /** Lower case; labels metrics and logs. */
  readonly name: string;
  readonly resource: Resource<P>;
  /** Kinds of children: watched, pruned, and their changes wake the parent by controller reference. */
  readonly owns: readonly OwnedKind[];
  /** Kinds that are only looked at; `parentsOf` says whom a change concerns. */
  readonly reads?: readonly ReadKind[];
  /** Gathers one snapshot. I/O is allowed; Unknown is an answer. */
  observe(parent: P, context: ObserveContext): Promise<Snapshot> | Snapshot;
  /** Decides. Pure: no I/O, no clock, no memory. */
  plan(snapshot: Snapshot, now: number): Plan<Status>;
  /** The planned status when children could not be made as wanted; `before` as it stands now. Pure. */
  withProblems(
    status: Status,
    problems: readonly ChildProblem[],
    now: number,
    before: Status | undefined,
  ): Status;
}

export interface OwnedKind {
  readonly resource: Resource;
  /** Only objects with these labels are watched: less memory, and less to be mistaken about. */
  readonly labelSelector?: string;
  /** Children of this kind are never deleted by the engine, only left alone when no longer wanted. */
  readonly keep?: boolean;
}

export interface ReadKind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly labelSelector?: string;
  /** Keys of the parents that a change from `old` to `object` concerns; none when the change says nothing new. */
  readonly parentsOf: (object: T, old: T | undefined) => readonly ObjectKey[];
}

/** As `child`: checks the types and forgets them. */
export function reads<T extends KubeObject>(kind: ReadKind<T>): ReadKind {
  return kind as unknown as ReadKind;
}
