import { verifyRequestAnnotation, type EtcdBackup } from '@stateful/etcd-backup-api';
import {
  controllerOf,
  operation,
  type KubeClient,
  type OperationDefinition,
  type WantedOperation,
} from '@stateful/reconcile-sdk';
import { etcdBackups } from '../../../etcd-backups.ts';
import { isComplete, isGoing, momentOf, nameOf, newestFirst, uidOf } from '../backups.ts';
import { chance, slotText } from '../names.ts';
import { type Surroundings, type View } from '../view.ts';
import { verifyKind } from './kinds.ts';

/** The backup that is checked at a slot; undefined: there is none. The same for the same slot and set. Pure. */
export function picked({ spec, backups, uid }: Surroundings, slot: number): EtcdBackup | undefined {
  const all = newestFirst(backups.filter((backup) => isComplete(backup) && !isGoing(backup))).toSorted(
    (a, b) => momentOf(b) - momentOf(a),
  );
  switch (spec.verify?.pick) {
    case 'Oldest':
      return all.at(-1);
    case 'Random':
      return all[chance(`${uid} ${slot} verify`, all.length)];
    default:
      return all[0];
  }
}

/** The wish for the check of a slot. Pure. */
export const verificationOf = (
  { spec }: Pick<Surroundings, 'spec'>,
  slot: number,
  backup: EtcdBackup,
): WantedOperation => ({
  kind: verifyKind,
  key: slotText(slot),
  params: {
    name: nameOf(backup),
    uid: uidOf(backup),
    request: `${slotText(slot)}=${spec.verify?.level ?? 'Drill'}`,
  },
});

/** Asks an EtcdBackup to be checked once more. To ask twice under one key is to ask once. */
export const verify = (client: Pick<KubeClient, 'find' | 'mergePatch'>): OperationDefinition<View> =>
  operation<View>({
    kind: verifyKind,
    deadlineMs: 600_000,
    steps: [
      {
        name: 'request',
        done: (_, { result }) => result !== undefined,
        async act(view, { params, signal }) {
          const { name, uid, request } = params as { name: string; uid: string; request: string };
          const key = { namespace: view.namespace, name };
          const live = await client.find(etcdBackups, key, { signal });
          if (!live || live.metadata?.uid !== uid || controllerOf(live)?.uid !== view.uid) return 'gone';
          if (live.metadata.annotations?.[verifyRequestAnnotation] === request) return request;
          await client.mergePatch(
            etcdBackups,
            key,
            { metadata: { uid, annotations: { [verifyRequestAnnotation]: request } } },
            { signal },
          );
          return request;
        },
      },
    ],
  });
