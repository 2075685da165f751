import { type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { type ReadStore } from '../cache/index.ts';
import { type Source } from '../controller/index.ts';
import { type Condition } from '../status/index.ts';
import { type ChildProblem, type DesiredChild, type GuardedDelete, type Waiting } from './child.ts';
import { type FinalizerDefinition } from './finalizer/definition.ts';
import {
  type OperationDefinition,
  type OperationReport,
  type WantedOperation,
} from './operation/definition.ts';
import { type PolicyRule } from '../rbac/policy-rule.ts';
import { type Answer } from './answer.ts';

/** A kind with a spec and a status, as all of ours are. */
export interface Parent extends KubeObject {
  spec?: unknown;
  status?: object;
}

/** What one look at the world leads to. Made by a pure function; nothing in it has happened yet. */
export interface Plan<Status> {
  /** `leave`: touch no child at all, because what is wanted cannot be known (a spec that is not valid). */
  readonly children: readonly DesiredChild[] | 'leave';
  readonly deletes?: readonly GuardedDelete[];
  /**
   * The long operation that is wanted now, as long as it is wanted; it says nothing of how far it has come. Absent:
   * none, and one that runs is cancelled and undone. `hold`: it cannot be known; nothing starts, moves or is
   * cancelled (so it is too when children are left). People may ask too, by annotations on the object with the id of
   * the operation: `GROUP/cancel-operation`, and `GROUP/retry-operation` for one that failed.
   */
  readonly operation?: WantedOperation | 'hold';
  /** The whole status as it should stand; it is written only when it differs. */
  readonly status: Status;
  /** Look again after this long, even when nothing has changed. Milliseconds. */
  readonly requeueAfterMs?: number;
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
  /** Only objects with these labels are watched. */
  readonly labelSelector?: string;
  /** Kinds of children: watched, pruned, and their changes wake the parent (`parentKeyOf`). */
  readonly owns: readonly OwnedKind[];
  /** Kinds that are only looked at; `parentsOf` says whom a change concerns. */
  readonly reads?: readonly ReadKind[];
  /** Keys that come from elsewhere. */
  readonly sources?: readonly Source[];
  /** Gathers one snapshot. I/O is allowed; Unknown is an answer. */
  observe(parent: P, context: ObserveContext): Promise<Snapshot> | Snapshot;
  /** Decides. Pure: no I/O, no clock, no memory. */
  plan(snapshot: Snapshot, now: number): Plan<Status>;
  /**
   * The planned status when children could not be made as wanted; `before` as it stands now. Default: Ready is
   * false, with the reason of the first problem and a message that names them all. Pure.
   */
  withProblems?(
    status: Status,
    problems: readonly ChildProblem[],
    now: number,
    before: Status | undefined,
  ): Status;
  /** The planned status while children wait for others. Default: the condition Reconciling names them. Pure. */
  withWaiting?(status: Status, waiting: readonly Waiting[], now: number, before: Status | undefined): Status;
  /** Long operations that a plan may ask for by kind. Their record stands in `status.operation`. */
  readonly operations?: readonly OperationDefinition<Snapshot>[];
  /**
   * The planned status while an operation runs or has ended. Default: the conditions of `operationConditions` take
   * the place of those of the same type. Pure.
   */
  withOperation?(status: Status, report: OperationReport, now: number, before: Status | undefined): Status;
  /** Rights that its children hand out (in Roles): whoever hands out a right must hold it. For `planRules`. */
  readonly grants?: readonly PolicyRule[];
  /** What has to be cleaned up outside before an object may go. Absent: nothing. */
  readonly finalizer?: FinalizerDefinition<Snapshot, Status>;
}

/** One kind of children. */
export interface OwnedKind {
  readonly resource: Resource;
  /** Only objects with these labels are watched: less memory, and less to be mistaken about. */
  readonly labelSelector?: string;
  /** Children of this kind are never deleted by the engine, only left alone when no longer wanted. */
  readonly keep?: boolean;
  /** All children of this kind are `createOnly`: no right to change one is asked for. For `planRules`. */
  readonly createOnly?: boolean;
  /** Children of this kind stand in other namespaces, or are cluster-scoped while their parent is not. */
  readonly elsewhere?: boolean;
  /** Asked before one that is no longer wanted is deleted, first of the cache and then live. Default: yes. */
  readonly deleteWhen?: (live: KubeObject) => Answer;
  /** Unwanted children of this kind are really gone before unwanted ones of these kinds are deleted. */
  readonly goneBefore?: readonly Resource[];
}

/** One kind that is only looked at. */
export interface ReadKind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly labelSelector?: string;
  /** The plan deletes objects of this kind (`deletes`), so it needs the right to. For `planRules`. */
  readonly deletes?: boolean;
  /** Keys of the parents that a change from `old` to `object` concerns; none when the change says nothing new. */
  readonly parentsOf: (object: T, old: T | undefined) => readonly ObjectKey[];
}

/** As `child`: checks the types and forgets them. */
export function reads<T extends KubeObject>(kind: ReadKind<T>): ReadKind {
  return kind as unknown as ReadKind;
}
