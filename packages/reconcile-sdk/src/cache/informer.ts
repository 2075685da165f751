import { type KubeObject, type Resource } from '../client/index.ts';
import { type OperatorError } from '../errors/index.ts';
import { type ChangeListener } from './listeners.ts';
import { type Problem } from './problem.ts';
import { type ReflectorHealth, type RestartReason } from './reflector-options.ts';
import { type ReadStore } from './store.ts';

/** Where to look, and at what there. */
export interface Scope {
  /** Absent: all of them; then it is the only scope. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** What an informer holds and has done, for metrics. */
export interface InformerStats {
  objects: number;
  /** About how much JSON is held; in memory it is less as far as objects have parts in common. */
  bytes: number;
  /** Times that the whole contents were asked for. */
  lists: number;
  watches: number;
  /** Watches that stalled or failed; those that the server ended in good order are not counted. */
  restarts: number;
  events: number;
  /** Milliseconds since the last change came; undefined before the first. */
  lastEventMs: number | undefined;
}

/** One kind as its users see it: what exists, what changes, and whether that can be relied on. */
export interface Informer<T extends KubeObject = KubeObject, K extends string = never> {
  readonly resource: Resource<T>;
  /** For people: `pods (app=x, metadata only)`. */
  readonly name: string;
  readonly store: ReadStore<T, K>;
  /**
   * Tells of every change until the returned function is called. What exists already is told first, as having
   * appeared. A listener that throws is reported and told of the next change all the same.
   */
  onChange(listener: ChangeListener<T>): () => void;
  /** True once every scope has had its whole contents; from then on `store` is never a half list. */
  hasSynced(): boolean;
  /** Rejects with the signal's reason when that aborts first. */
  waitForSync(signal: AbortSignal): Promise<void>;
  /** The newest resourceVersion that the cache of that namespace contains. */
  seen(namespace: string | undefined): string;
  /** Counts how often the server's store was put back to an older state. Ask before a write. */
  epoch(namespace: string | undefined): number;
  /**
   * Whether the cache contains what was written as that version: the question of the write barrier. True as well
   * when versions of `epochAtWrite` mean nothing any more, or when the namespace is not looked at.
   */
  hasSeen(namespace: string | undefined, version: string, epochAtWrite: number): boolean;
  health(): { name: string; health: ReflectorHealth }[];
  stats(): InformerStats;
}

/** What an informer tells of itself. All optional; one that throws is told to `onListenerError`. */
export interface InformerObserver {
  /** The caches have advanced: keys that wait for them may go on. */
  onAdvance?: (event: { name: string; resource: Resource }) => void;
  /** Once per failure; `attempt` counts those in a row. */
  onFailure?: (event: {
    name: string;
    resource: Resource;
    namespace: string | undefined;
    error: OperatorError;
    attempt: number;
    problem: Problem;
  }) => void;
  onRecovered?: (event: { name: string; resource: Resource; namespace: string | undefined }) => void;
  /** A watch is begun anew; `ended` is the ordinary reason. */
  onRestart?: (event: { name: string; resource: Resource; reason: RestartReason }) => void;
  /** The server's store was put back to an older state: versions of before mean nothing now. */
  onEpoch?: (event: {
    name: string;
    resource: Resource;
    namespace: string | undefined;
    epoch: number;
    from: string;
    to: string;
  }) => void;
  /** A function that was handed in threw: a listener, an index or a transform. */
  onListenerError?: (event: { name: string; resource: Resource; error: unknown }) => void;
}
