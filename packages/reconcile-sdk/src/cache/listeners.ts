import { type KubeObject } from '../client/index.ts';
import { type Change } from './reflector-options.ts';

/** Called for each change, in order, in the same tick as the store changes. Should be quick: it holds up the watch. */
export type ChangeListener<T extends KubeObject> = (change: Change<T>) => void;

/** Who is told of changes. One that throws does not keep the others from hearing. */
export interface Listeners<T extends KubeObject> {
  /** Returns the remover. What exists is told as having appeared before this returns. */
  add(listener: ChangeListener<T>, present: Iterable<T>, now: number): () => void;
  tell(change: Change<T>): void;
}

/** `onFault`: a listener threw. */
export function createListeners<T extends KubeObject>(onFault: (error: unknown) => void): Listeners<T> {
  const listeners = new Set<{ listener: ChangeListener<T> }>();
  const call = (listener: ChangeListener<T>, change: Change<T>): void => {
    try {
      listener(change);
    } catch (error) {
      onFault(error);
    }
  };
  return {
    add(listener, present, now) {
      // Its own object, so that the same function may listen twice.
      const entry = { listener };
      for (const object of present) {
        call(listener, { kind: 'upsert', object, old: undefined, receivedAt: now, initial: true });
      }
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    tell(change) {
      for (const { listener } of listeners) call(listener, change);
    },
  };
}
