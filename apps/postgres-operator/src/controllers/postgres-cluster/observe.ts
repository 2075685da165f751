import { names, type PostgresCluster } from '@stateful/postgres-api';
import { resources, type ObserveContext } from '@stateful/reconcile-sdk';
import { type Passwords } from '../../ports/passwords.ts';
import { postgresClusters } from '../../postgres-clusters.ts';
import { failoverOf } from './failover.ts';
import { instanceSelector } from './labels.ts';
import { type Snapshot } from './snapshot.ts';

export interface ObserveOptions {
  readonly images: Readonly<Record<string, string>>;
  readonly passwords: Passwords;
}

/** Takes the snapshot. All from caches; children by the UID of their owner, never by name alone (R1). */
export function observe(
  cluster: PostgresCluster,
  { store }: Pick<ObserveContext, 'store'>,
  { images, passwords }: ObserveOptions,
): Snapshot {
  const { name = '', namespace = '', uid = '' } = cluster.metadata ?? {};
  const own = <T extends { metadata?: { name?: string } }>(children: readonly T[], childName: string) =>
    children.find((object) => object.metadata?.name === childName);
  const statefulSet = own(store(resources.statefulSets).ownedBy(uid), names.statefulSet(name));
  const cronJob = own(store(resources.cronJobs).ownedBy(uid), names.backup(name));
  const secret = own(store(resources.secrets).ownedBy(uid), names.credentials(name));
  const ownedBy = (owner: { metadata?: { uid?: string } } | undefined): string | undefined =>
    owner?.metadata?.uid;
  const setUid = ownedBy(statefulSet);
  const cronJobUid = ownedBy(cronJob);
  const source = cluster.spec?.restoreFrom?.cluster;
  return {
    cluster,
    images,
    statefulSet,
    credentials: secret
      ? { live: secret }
      : {
          passwords: {
            superuser: passwords.generate(),
            replication: passwords.generate(),
            app: passwords.generate(),
          },
        },
    configMap: own(store(resources.configMaps).ownedBy(uid), names.config(name)),
    cronJob,
    pods: setUid === undefined ? [] : store(resources.pods).ownedBy(setUid),
    volumes: store(resources.persistentVolumeClaims)
      .all()
      .filter(
        (claim) =>
          claim.metadata?.namespace === namespace &&
          Object.entries(instanceSelector(name)).every(
            ([key, value]) => claim.metadata?.labels?.[key] === value,
          ),
      ),
    failover: failoverOf(store(resources.leases).get(namespace, names.lease(name))),
    jobs: cronJobUid === undefined ? [] : store(resources.jobs).ownedBy(cronJobUid),
    restoreSource: source === undefined ? undefined : store(postgresClusters).get(namespace, source),
  };
}
