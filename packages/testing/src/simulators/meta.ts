import { type OwnerReference } from '@stateful/reconcile-sdk';
import { timeText } from '../api-server/metadata.ts';
import { type Live } from './kinds.ts';

/** The reference that a controller puts on what it makes. */
export const controlledByThis = ({ apiVersion, kind, metadata }: Live): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const isGoing = ({ metadata }: Live): boolean => metadata.deletionTimestamp !== undefined;

/** A condition as every kind has it. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
}

/** The conditions with some of them as given; the time of a change is kept where the status is the same. */
export function withConditions<C extends Condition>(
  before: readonly C[] | undefined,
  wanted: readonly C[],
  now: number,
): C[] {
  const kept = (before ?? []).map((old) => {
    const next = wanted.find(({ type }) => type === old.type);
    return next ? dated(next, old, now) : old;
  });
  const added = wanted.filter(({ type }) => !kept.some((each) => each.type === type));
  return [...kept, ...added.map((each) => dated(each, undefined, now))];
}

const dated = <C extends Condition>(next: C, old: C | undefined, now: number): C => ({
  ...next,
  lastTransitionTime: old?.status === next.status ? (old.lastTransitionTime ?? timeText(now)) : timeText(now),
});

/** Time since the epoch of what the API writes as text. */
export const timeOf = (text: string | null | undefined): number | undefined => {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
};
