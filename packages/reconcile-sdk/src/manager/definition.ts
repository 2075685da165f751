import { type ReadStore } from '../cache/index.ts';
import { type Cluster } from '../cluster/index.ts';
import { type KubeClient, type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { type ReconcileContext, type ReconcileResult, type Source } from '../controller/index.ts';
import { type OwnedKind, type ReadKind } from '../plan/index.ts';

/** What a reconcile works with, in the cluster of its key. */
export interface ControllerContext extends ReconcileContext {
  readonly cluster: Cluster;
  /** Fenced by the leadership; what it writes holds the key until the caches have it. */
  readonly client: KubeClient;
  /** The cache of a kind that the controller declared. Throws `bad-configuration` for any other. */
  store<T extends KubeObject>(resource: Resource<T>): ReadStore<T>;
}

/**
 * A controller whose author decides what a reconcile does, as in controller-runtime. `PlanDefinition` is the
 * layer above, for those who would rather say what should be.
 */
export interface ControllerDefinition<P extends KubeObject = KubeObject> {
  /** Lower case; labels metrics and logs. */
  readonly name: string;
  /** The kind whose keys are reconciled. */
  readonly resource: Resource<P>;
  /** Only objects with these labels are watched. */
  readonly labelSelector?: string;
  /** Kinds of children; a change of one wakes the parent that its controller reference names. */
  readonly owns?: readonly OwnedKind[];
  /** Kinds that are looked at; `parentsOf` says whom a change concerns. */
  readonly reads?: readonly ReadKind[];
  /** Keys that come from elsewhere. Run on the leader only. */
  readonly sources?: readonly Source[];
  /** False: this change of the parent asks for nothing. Default: every change does. */
  concerns?(object: P, old: P | undefined): boolean;
  /**
   * The annotation `GROUP/paused: "true"` on an object that exists and is not going keeps it from being
   * reconciled; GROUP is that of the kind. Default true.
   */
  readonly pausable?: boolean;
  /** The object may be gone; it is looked up by the key. */
  reconcile(key: ObjectKey, context: ControllerContext): Promise<ReconcileResult | undefined>;
}

/** How a controller works; what it does stands in its definition. */
export interface ControllerSettings {
  /** Keys worked on at once. Default 4. */
  concurrency?: number;
  /** A reconcile that takes longer is aborted and retried. Default 60 s. */
  deadlineMs?: number;
  /** Every key is looked at this often even when nothing happens, spread by a tenth. Default 10 h. */
  resyncMs?: number;
  /** Where it works: in the operator's own cluster, in those that providers bring, or in both. Default `home`. */
  clusters?: 'home' | 'provided' | 'all';
}
