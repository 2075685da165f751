import { sweepUploads, type ObjectStore } from '@stateful/object-store';
import {
  operation,
  OperatorError,
  type Clock,
  type OperationDefinition,
  type StepCall,
} from '@stateful/reconcile-sdk';
import { type OpenMembers } from '../../../ports/members.ts';
import { type OpenStore } from '../../../ports/stores.ts';
import { asJson, capturedFrom, verifiedFrom } from '../captured.ts';
import { attemptFailed, textOf } from '../failure.ts';
import { manifestBytes, readManifest } from '@stateful/etcd-backup-api';
import { manifestOf } from '../manifest.ts';
import { refuseUnlessFit } from '../../backup-store/probe.ts';
import { isOurs, type View } from '../view.ts';
import { adopt } from './adopt.ts';
import { captureInto } from './capture-into.ts';
import { commit } from './commit.ts';
import { openUpload } from './open-upload.ts';
import { verifyStored } from './verify.ts';
import { whereAbsent } from './where-absent.ts';

export interface SnapshotBackupOptions {
  readonly openStore: OpenStore;
  readonly openMembers: OpenMembers;
  readonly clock: Clock;
}

export const snapshotBackupKind = 'snapshot';
/** A capture that is not over by then is given up; a smaller bound is `activeDeadlineSeconds`. */
const captureMs = 24 * 3_600_000;

/**
 * One attempt at a backup. The bytes go to an upload that nobody sees; they are checked; one request makes them an object; the
 * manifest says that it is a backup. Before each of these the record stands in the status.
 */
export function snapshotBackup(options: SnapshotBackupOptions): OperationDefinition<View> {
  const { openMembers, clock } = options;
  async function withStore<T>(
    { namespace, store: where }: View,
    signal: AbortSignal,
    work: (store: ObjectStore, where: NonNullable<View['store']>) => Promise<T>,
  ): Promise<T> {
    if (!where) throw new OperatorError('not-found', 'the BackupStore does not exist');
    const store = await options.openStore(namespace, where, signal);
    try {
      return await work(store, where);
    } finally {
      store.close();
    }
  }
  const uploadOf = ({ results }: Pick<StepCall, 'results'>): string =>
    (results['open'] as string | undefined) ?? '';
  const abortUploads = (view: View, signal: AbortSignal) =>
    withStore(view, signal, (store) =>
      sweepUploads(store, { prefix: view.keys.object, isOurs: () => true }, signal),
    );

  return operation<View>({
    kind: snapshotBackupKind,
    steps: [
      {
        name: 'open',
        done: ({ stored }, { result }) => result !== undefined || isOurs(stored),
        act: (view, { signal }) =>
          withStore(view, signal, async (store, { s3 }) => {
            const { keys, stored } = view;
            if (stored.object === 'foreign') {
              throw attemptFailed(
                'KeyConflict',
                `s3://${store.bucket}/${keys.object} is an object of somebody else: move it away, or use another prefix`,
              );
            }
            await refuseUnlessFit(store, s3, signal);
            return openUpload(view, store, s3, { now: clock.now(), signal });
          }),
        undo: {
          done: ({ stored }) => (stored.openUploads === 'unknown' ? 'unknown' : stored.openUploads === 0),
          act: async (view, { signal }) => void (await abortUploads(view, signal)),
        },
      },
      {
        name: 'capture',
        drains: true,
        done: (_, { result }) => result !== undefined,
        timeoutMs: captureMs,
        act: (view, call) =>
          withStore(view, call.signal, async (store, { s3 }) => {
            const members = await openMembers(view.namespace, view.spec.cluster, call.signal);
            try {
              const tools = { store, members, clock, signal: call.signal, stopping: call.stopping };
              // Left by an attempt whose last request took after all: it is looked at, not made a second time.
              if (isOurs(view.stored)) return asJson(await adopt(view, view.stored.object, tools));
              return asJson(await captureInto(view, call, { ...tools, recorded: uploadOf(call) }, s3));
            } catch (error) {
              // A process that ends is not an attempt that failed.
              if (call.signal.aborted || call.stopping.aborted || error instanceof OperatorError) throw error;
              throw attemptFailed('Failed', textOf(error), error);
            } finally {
              for (const member of members) member.close();
            }
          }),
      },
      {
        name: 'commit',
        done: ({ stored }) => (stored.object === 'unknown' ? 'unknown' : isOurs(stored)),
        timeoutMs: 600_000,
        repeatMs: 5_000,
        pollMs: 1_000,
        act: (view, call) =>
          withStore(view, call.signal, (store, { s3 }) =>
            commit(view, capturedFrom(call.results['capture'])!, {
              store,
              uploadID: capturedFrom(call.results['capture'])!.uploadID ?? uploadOf(call),
              signal: call.signal,
              conditionalWrites: s3.conditionalWrites,
            }),
          ),
      },
      {
        name: 'verify',
        done: (_, { result }) => result !== undefined,
        timeoutMs: captureMs,
        act: (view, { results, signal }) =>
          withStore(view, signal, async (store) => {
            const { level } = view.spec.verify;
            const captured = capturedFrom(results['capture'])!;
            return asJson(await verifyStored(store, view.keys.object, captured, { level, clock, signal }));
          }),
      },
      {
        name: 'sweep',
        done: (_, { result }) => result !== undefined,
        act: async (view, { signal }) => (await abortUploads(view, signal)).length,
      },
      {
        name: 'manifest',
        done: ({ stored }) => stored.manifest,
        repeatMs: 5_000,
        pollMs: 1_000,
        act: (view, { results, signal }) =>
          withStore(view, signal, async (store, { s3 }) => {
            const captured = capturedFrom(results['capture'])!;
            const bytes = manifestBytes(manifestOf(view, captured, verifiedFrom(results['verify'])));
            const key = view.keys.manifest;
            const written = await whereAbsent(s3.conditionalWrites, (onlyCreate) =>
              store.put(key, bytes, { onlyCreate, contentType: 'application/json', signal }),
            );
            if (written === 'written') return;
            const there = readManifest((await store.get(key, { signal })) ?? Buffer.alloc(0));
            if (
              there.ok &&
              there.manifest.opID === view.uid &&
              there.manifest.object.sha256 === captured.seal.sha256
            )
              return;
            throw attemptFailed('KeyConflict', `s3://${store.bucket}/${key} is another manifest`);
          }),
      },
    ],
  });
}
