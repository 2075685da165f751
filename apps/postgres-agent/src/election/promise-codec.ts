import * as z from 'zod';
import { annotations } from '@stateful/postgres-api';
import { type Pod } from '@stateful/reconcile-sdk';
import { type MemberPromise } from './lease-view.ts';
import { formatLsn, parseLsn } from './position.ts';

const promiseSchema = z.object({
  candidacy: z.string(),
  epoch: z.int(),
  timeline: z.int().min(1),
  lsn: z.string(),
});

export const promiseText = ({ candidacy, epoch, timeline, lsn }: MemberPromise): string =>
  JSON.stringify({ candidacy, epoch, timeline, lsn: formatLsn(lsn) });

/** The promise on a pod, under that pod's own UID; undefined when there is none that can be read. */
export function promiseOf(pod: Pod): MemberPromise | undefined {
  const text = pod.metadata?.annotations?.[annotations.promise];
  const { name, uid } = pod.metadata ?? {};
  if (text === undefined || name === undefined || uid === undefined) return undefined;
  try {
    const { lsn, ...rest } = promiseSchema.parse(JSON.parse(text));
    return { name, podUid: uid, ...rest, lsn: parseLsn(lsn) };
  } catch {
    // Not written by an agent: it counts for nothing.
    return undefined;
  }
}
