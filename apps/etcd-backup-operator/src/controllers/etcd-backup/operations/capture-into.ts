import { type Store } from '@stateful/backup-store-api';
import { type EtcdMember } from '@stateful/etcd';
import { type ObjectStore } from '@stateful/object-store';
import { type Clock } from '@stateful/reconcile-sdk';
import { type Captured } from '../captured.ts';
import { type View } from '../view.ts';
import { capture } from './capture.ts';
import { abortOlderUploads, openUpload } from './open-upload.ts';

/**
 * Captures into the upload that the record names; asked for again, into a new one. For whoever asked before may be a process that
 * still sends: in one upload each would overwrite the other's parts, so that neither could be completed.
 */
export async function captureInto(
  view: View,
  { attempt, signal }: { attempt: number; signal: AbortSignal },
  {
    recorded,
    ...tools
  }: {
    store: ObjectStore;
    members: readonly EtcdMember[];
    clock: Clock;
    signal: AbortSignal;
    stopping: AbortSignal;
    recorded: string;
  },
  s3: Store['s3'],
): Promise<Captured> {
  const { store, clock } = tools;
  const { object } = view.keys;
  if (attempt === 1) return capture(view, { ...tools, uploadID: recorded }, s3);
  await abortOlderUploads(store, object, signal);
  const uploadID = await openUpload(view, store, s3, { now: clock.now(), signal });
  try {
    return await capture(view, { ...tools, uploadID }, s3);
  } catch (error) {
    if (!signal.aborted) await store.abortUpload(object, uploadID, { signal }).catch(() => undefined);
    throw error;
  }
}
