import { sweepUploads, type ObjectStore } from '@stateful/object-store';
import { operation, OperatorError, type OperationDefinition } from '@stateful/reconcile-sdk';
import { type OpenStore } from '../../ports/stores.ts';
import { deleteKey } from './deletion-data.ts';
import { type View } from './view.ts';

export const deletionKind = 'deletion';

/** Deletes all that a backup has in its store: the manifest first, so that from then on nobody can choose it. */
export function deletion({ openStore }: { readonly openStore: OpenStore }): OperationDefinition<View> {
  const withStore =
    (work: (store: ObjectStore, view: View, signal: AbortSignal) => Promise<unknown>) =>
    async (view: View, { signal }: { signal: AbortSignal }): Promise<void> => {
      if (!view.store) throw new OperatorError('not-found', 'the BackupStore does not exist');
      const store = await openStore(view.namespace, view.store, signal);
      try {
        await work(store, view, signal);
      } finally {
        store.close();
      }
    };
  return operation<View>({
    kind: deletionKind,
    steps: [
      {
        name: 'manifest',
        done: ({ stored }) => (stored.manifest === 'unknown' ? 'unknown' : !stored.manifest),
        act: withStore((store, { keys }, signal) => deleteKey(store, keys.manifest, signal)),
        repeatMs: 5_000,
      },
      {
        name: 'object',
        done: ({ stored }) => (stored.object === 'unknown' ? 'unknown' : stored.object === 'absent'),
        act: withStore((store, { keys }, signal) => deleteKey(store, keys.object, signal)),
        repeatMs: 5_000,
      },
      {
        name: 'uploads',
        done: (_, { asked }) => asked,
        act: withStore((store, { keys }, signal) =>
          sweepUploads(store, { prefix: keys.object, isOurs: ({ key }) => key === keys.object }, signal),
        ),
      },
    ],
  });
}
