import { type Store } from '@stateful/backup-store-api';
import { type EtcdMember } from '@stateful/etcd';
import {
  etcdRestoreSpecSchema,
  scheduleLabel,
  type EtcdBackup,
  type EtcdRestore,
} from '@stateful/etcd-backup-api';
import {
  controllerOf,
  describeError,
  hasEnded,
  resources,
  type KubeClient,
  type KubeObject,
  type ObserveContext,
  type OperationRecord,
  type Pod,
  type ReadStore,
} from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups, etcdBackupSchedules, etcdRestores } from '../../etcd-backups.ts';
import { type OpenMembers } from '../../ports/members.ts';
import { restoreLabel } from './member-jobs.ts';
import { readWorkload } from './operations/scale.ts';
import { resultsOf } from './selected.ts';
import { beforeName, newClusterOf, oldClusterOf, type View } from './view.ts';

export interface ObserveOptions {
  readonly client: KubeClient;
  readonly openMembers: OpenMembers;
}

type Looked = Pick<View, 'pods' | 'users' | 'workload' | 'answering' | 'problem'>;

/** Nothing was asked: nothing hangs on it now. */
const notAsked: Looked = { pods: [], users: 'unknown', workload: 'unknown', answering: 'unknown' };

/** Looks at the object and its sources in the caches, and, while something hangs on it, live at pods, workload and members. */
export async function observe(
  restore: EtcdRestore,
  { store, signal }: ObserveContext,
  options: ObserveOptions,
): Promise<View> {
  const { uid = '', namespace = '', name = '' } = restore.metadata ?? {};
  const spec = etcdRestoreSpecSchema.parse(restore.spec);
  const inNamespace = <T extends KubeObject>(cache: ReadStore<T>): T[] =>
    cache.all().filter(({ metadata }) => metadata?.namespace === namespace);
  const record = restore.status?.operation as OperationRecord | undefined;
  const results = resultsOf(record?.results);
  const backups = inNamespace(store(etcdBackups));
  const source = spec.source.backupRef
    ? backups.find(({ metadata }) => metadata?.name === spec.source.backupRef?.name)
    : undefined;
  const schedule = spec.source.schedule?.name ?? source?.metadata?.labels?.[scheduleLabel];
  const view: View = {
    restore,
    uid,
    namespace,
    name,
    spec,
    record,
    results,
    sources: {
      backups,
      schedule: schedule === undefined ? undefined : store(etcdBackupSchedules).get(namespace, schedule),
      stores: new Map(
        inNamespace(store(backupStores)).map(({ metadata, spec: { s3 } }) => [
          metadata?.name ?? '',
          { s3 } satisfies Store,
        ]),
      ),
    },
    rivals: rivalsOf(restore, inNamespace(store(etcdRestores))),
    before: beforeOf(backups, { uid, name }),
    jobs: store(resources.jobs).ownedBy(uid),
    ...notAsked,
  };
  if (!record || hasEnded(record)) return view;
  try {
    return { ...view, ...(await look(view, options, signal)) };
  } catch (error) {
    return { ...view, ...notAsked, pods: 'unknown', problem: describeError(error) };
  }
}

/** Steps in which members run, or must not. */
const touching = new Set(['stop', 'materialize', 'swap', 'start', 'compare', 'finish']);

async function look(
  view: View,
  { client, openMembers }: ObserveOptions,
  signal: AbortSignal,
): Promise<Looked> {
  const { namespace, spec, record } = view;
  const { target } = spec;
  const { step = '', phase } = record ?? {};
  const isUndoing = phase === 'Undoing' || record?.paused?.phase === 'Undoing';
  const isTouching = touching.has(step) || isUndoing;
  if (!isTouching && step !== 'drill' && !(step === 'inspect' || step === 'mark')) return notAsked;
  const pods = (await client.list(resources.pods, { namespace, signal })).items;
  const ours = pods.filter(({ metadata }) => metadata?.labels?.[restoreLabel] === view.uid);
  if (!target) return { ...notAsked, pods: ours };
  const users = usersOf(pods, view);
  if (!isTouching) return { ...notAsked, pods: ours, users };
  const workload = target.workloadRef
    ? ((await readWorkload(client, namespace, target.workloadRef, signal)) ?? 'absent')
    : 'none';
  // Once nothing has the data any more they are asked too: members may run where no pod is seen.
  const cluster = step === 'stop' || !isUndoing ? oldClusterOf(view) : newClusterOf(view);
  const isProof = (step === 'stop' && !isUndoing) || (step === 'start' && isUndoing);
  const answering =
    isProof && cluster && users.length === 0
      ? await answeringOf(await openMembers(namespace, cluster, signal), signal)
      : [];
  return {
    pods: ours,
    users,
    workload:
      typeof workload === 'object' ? { wanted: workload.wanted, current: workload.current } : workload,
    answering,
  };
}

const claimsOf = ({ spec }: EtcdRestore): string[] =>
  ((spec as Partial<EtcdRestore['spec']>).target?.members ?? []).map(({ claim }) => claim);

/** Pods that may write to a claim of ours and are none of ours. */
function usersOf(pods: readonly Pod[], { restore, uid }: View): View['users'] & object {
  const claims = new Set(claimsOf(restore));
  return pods
    .filter(
      ({ metadata, status }) =>
        metadata?.labels?.[restoreLabel] !== uid && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
    )
    .flatMap(({ metadata, spec }) =>
      (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
        persistentVolumeClaim && claims.has(persistentVolumeClaim.claimName)
          ? [{ pod: metadata?.name ?? '', claim: persistentVolumeClaim.claimName, node: spec?.nodeName }]
          : [],
      ),
    );
}

async function answeringOf(members: readonly EtcdMember[], signal: AbortSignal): Promise<string[]> {
  try {
    const answers = await Promise.all(
      members.map((member) =>
        member.status(signal).then(
          () => [member.endpoint],
          // A member that cannot be reached serves nobody: its pod is gone, which was seen before.
          () => [],
        ),
      ),
    );
    return answers.flat();
  } finally {
    for (const member of members) member.close();
  }
}

/** Restores under way on a claim of ours that were there before this one: of two the earlier one goes on. */
function rivalsOf(restore: EtcdRestore, all: readonly EtcdRestore[]): string[] {
  const claims = new Set(claimsOf(restore));
  const age = ({ metadata }: EtcdRestore): string => `${metadata?.creationTimestamp} ${metadata?.uid}`;
  return all
    .filter((other) => {
      if (other.metadata?.uid === restore.metadata?.uid || age(other) > age(restore)) return false;
      const record = other.status?.operation as OperationRecord | undefined;
      return !(record && hasEnded(record)) && claimsOf(other).some((claim) => claims.has(claim));
    })
    .map(({ metadata }) => metadata?.name ?? '');
}

function beforeOf(backups: readonly EtcdBackup[], view: Pick<View, 'uid' | 'name'>): View['before'] {
  const found = backups.find(({ metadata }) => metadata?.name === beforeName(view));
  if (!found) return undefined;
  return found.metadata?.labels?.[restoreLabel] === view.uid && !controllerOf(found) ? found : 'foreign';
}
