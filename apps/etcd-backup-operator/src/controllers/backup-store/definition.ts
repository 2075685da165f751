import { backupStoreSpecSchema, type BackupStore } from '@stateful/backup-store-api';
import { type Clock, type PlanDefinition } from '@stateful/reconcile-sdk';
import { backupStores } from '../../etcd-backups.ts';
import { type OpenStore } from '../../ports/stores.ts';
import { knownCapabilities, nextProbeAt, plan, type Status, type View } from './plan.ts';
import { probe } from './probe.ts';

/** What it watches and reads: its rights follow from this alone. */
export const backupStoreDeclaration = {
  name: 'backupstore',
  resource: backupStores,
  owns: [],
  grants: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
} satisfies Partial<PlanDefinition<BackupStore, View, Status>>;

/** All that the engine needs to look at BackupStores from time to time. */
export const backupStorePlan = ({
  openStore,
  clock,
}: {
  readonly openStore: OpenStore;
  readonly clock: Clock;
}): PlanDefinition<BackupStore, View, Status> => ({
  ...backupStoreDeclaration,
  async observe(store, { signal }) {
    const spec = backupStoreSpecSchema.parse(store.spec);
    const now = clock.now();
    if (now < nextProbeAt(store, spec)) return { store, spec, probed: undefined };
    const { namespace = '' } = store.metadata ?? {};
    const known = knownCapabilities(store, now);
    return { store, spec, probed: await probe({ namespace, store: spec, known }, openStore, signal) };
  },
  plan,
});
