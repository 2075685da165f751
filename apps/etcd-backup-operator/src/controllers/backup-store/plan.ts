import { type BackupStore, type BackupStoreSpec, type BackupStoreStatus } from '@stateful/backup-store-api';
import { conditionsFrom, kubeTime, type Condition, type Plan } from '@stateful/reconcile-sdk';
import { type Probed } from './probe.ts';

/** The status as the engine handles it. */
export type Status = Omit<BackupStoreStatus, 'conditions'> & { conditions?: Condition[] | undefined };

/** One look at a BackupStore. */
export interface View {
  readonly store: BackupStore;
  /** With defaults. */
  readonly spec: BackupStoreSpec;
  /** Undefined: it was not time for one. */
  readonly probed: Probed | undefined;
}

const soonestMs = 5_000;
/** What a store can do is tried anew this often: that makes versions in a bucket that keeps them. */
const capabilitiesForMs = 24 * 3_600_000;

/** The condition that other objects and people look at. */
export const availableOf = (store: BackupStore): Condition | undefined =>
  (store.status?.conditions as Condition[] | undefined)?.find(({ type }) => type === 'Available');

/**
 * When a store is looked at next. One that does not answer is looked at soon, and then after as long again as it has been away:
 * this follows from its condition, so that a restart changes nothing. Pure.
 */
export function nextProbeAt(store: BackupStore, { probe }: BackupStoreSpec): number {
  const { status, metadata } = store;
  const last = Date.parse(status?.lastProbeTime ?? '');
  const available = availableOf(store);
  if (Number.isNaN(last) || !available || status?.observedGeneration !== metadata?.generation)
    return -Infinity;
  const periodMs = probe.periodSeconds * 1000;
  if (available.status === 'True') return last + periodMs;
  const awayMs = last - Date.parse(available.lastTransitionTime);
  return last + Math.min(periodMs, Math.max(soonestMs, awayMs));
}

/** What the store is known to be able to do, as long as that may be believed. Pure. */
export function knownCapabilities(
  { status, metadata }: BackupStore,
  now: number,
): BackupStoreStatus['capabilities'] {
  const isSame = status?.observedGeneration === metadata?.generation;
  const since = Math.floor(now / capabilitiesForMs) * capabilitiesForMs;
  return isSame && Date.parse(status?.lastProbeTime ?? '') >= since ? status?.capabilities : undefined;
}

/** What a look at a store says. Pure. */
export function plan({ store, spec, probed }: View, now: number): Plan<Status> {
  const { status: before, metadata } = store;
  const generation = metadata?.generation ?? 0;
  if (!probed) {
    return {
      children: [],
      status: before ?? {},
      requeueAfterMs: Math.max(1_000, nextProbeAt(store, spec) - now),
    };
  }
  const { bucket } = spec.s3;
  const capabilities = probed.capabilities ?? before?.capabilities;
  const status: Status = {
    observedGeneration: generation,
    lastProbeTime: kubeTime(now),
    ...(capabilities ? { capabilities } : {}),
    conditions: conditionsFrom(
      before?.conditions,
      [
        {
          type: 'Available',
          status: probed.ok ? 'True' : 'False',
          reason: probed.ok ? 'Probed' : probed.reason,
          message: probed.ok ? `bucket ${bucket} can be written to and read` : probed.message,
        },
      ],
      generation,
      now,
    ),
  };
  const after = { ...store, status } as BackupStore;
  return { children: [], status, requeueAfterMs: Math.max(1_000, nextProbeAt(after, spec) - now) };
}
