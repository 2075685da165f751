import { type BackupStore } from '@stateful/backup-store-api';
import { type ObjectKey } from '@stateful/reconcile-sdk';
import { availableOf } from './plan.ts';

const keyOf = ({ namespace, name }: ObjectKey): string => `${namespace ?? ''}/${name}`;

/**
 * Who waits for which BackupStore, so that one that appears or can be used again wakes them at once. A hint, kept in memory alone:
 * who is forgotten looks again by itself.
 */
export function storeWaiters() {
  const waiting = new Map<string, Map<string, ObjectKey>>();
  return {
    /** Called at each look at something that names a store. */
    note(store: ObjectKey, who: ObjectKey, isWaiting: boolean): void {
      const of = waiting.get(keyOf(store)) ?? new Map<string, ObjectKey>();
      if (isWaiting) waiting.set(keyOf(store), of.set(keyOf(who), who));
      else if (of.delete(keyOf(who)) && of.size === 0) waiting.delete(keyOf(store));
    },
    /** Whom a change of a store concerns. */
    of(store: BackupStore, old: BackupStore | undefined): ObjectKey[] {
      const { namespace = '', name = '', generation } = store.metadata ?? {};
      const is = availableOf(store);
      const was = old && availableOf(old);
      const isNews =
        !old ||
        old.metadata?.generation !== generation ||
        is?.status !== was?.status ||
        is?.reason !== was?.reason;
      return isNews ? [...(waiting.get(keyOf({ namespace, name }))?.values() ?? [])] : [];
    },
  };
}

/** Reasons of a store that no attempt is begun for: it would write what must not be written there. */
const refusals: ReadonlySet<string> = new Set(['ConditionalWritesUnsupported', 'ObjectLockDisabled']);

/** Why nothing may be written to a store; undefined: it may. Pure. */
export function refusalOf(store: BackupStore): string | undefined {
  const available = availableOf(store);
  const isOld = available?.observedGeneration !== store.metadata?.generation;
  return available?.status === 'False' && !isOld && refusals.has(available.reason)
    ? `BackupStore ${store.metadata?.name} is refused: ${available.message}`
    : undefined;
}
