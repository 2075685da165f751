import { createHash } from 'node:crypto';
import {
  child,
  resources,
  type DesiredChild,
  type Job,
  type ObserveContext,
  type OperationRecord,
} from '@stateful/reconcile-sdk';
import { drillJob, jobOutcome, type JobOutcome } from '../../../pods/index.ts';
import { type View } from '../view.ts';
import { type Checked } from './verification-check.ts';
import { levelOf, verificationKind } from './verification-wish.ts';

/** Label of the Jobs and pods of drills; its value is the UID of the EtcdBackup. */
export const drillLabel = 'db.example.com/etcd-backup-drill';

/** The images of a drill; undefined: nobody told, so that there can be none. */
export interface DrillImages {
  /** The operator's own, which holds the agent. */
  readonly agentImage?: string | undefined;
  readonly etcdImageOf?: ((version: string) => string | undefined) | undefined;
}

/** A drill as it is seen. */
export interface SeenDrill {
  readonly job: Job | undefined;
  /** The Job or a pod of it is still there. */
  readonly isLeft: boolean;
  readonly outcome: JobOutcome | 'absent';
}

/** Looks at the Job of the verification that is under way, and at its pods, in the caches. */
export function seeDrill(
  { backup, uid, namespace }: Pick<View, 'backup' | 'uid' | 'namespace'>,
  store: ObserveContext['store'],
): SeenDrill | undefined {
  const record = backup.status?.operation as OperationRecord | undefined;
  if (record?.kind !== verificationKind) return undefined;
  const jobs = store(resources.jobs).ownedBy(uid);
  const job = jobs.find(
    ({ metadata }) => metadata?.name === drillName(backup.metadata?.name ?? '', uid, record),
  );
  const pods = store(resources.pods)
    .all()
    .filter(({ metadata }) => metadata?.namespace === namespace && metadata?.labels?.[drillLabel] === uid);
  const isGoing = job?.metadata?.deletionTimestamp !== undefined;
  return {
    job,
    isLeft: jobs.length > 0 || pods.length > 0,
    outcome: !job || isGoing ? 'absent' : jobOutcome(job, pods),
  };
}

/** The same for the same run, and of no other. */
function drillName(name: string, uid: string, { id }: OperationRecord): string {
  const hash = createHash('sha256').update(`${uid} ${id}`).digest('hex').slice(0, 8);
  return `${name.slice(0, 46).replace(/[-.]+$/, '')}-drill-${hash}`;
}

/** The image of etcd for a drill. Pure. */
export const etcdImageFor = (
  { spec, backup }: Pick<View, 'spec' | 'backup'>,
  { etcdImageOf }: DrillImages,
): string | undefined => spec.verify.drill?.image ?? etcdImageOf?.(backup.status?.etcd?.serverVersion ?? '');

/** What a drill cannot do without, for people; undefined: it has all. Pure. */
export function missingForDrill(
  view: Pick<View, 'spec' | 'backup'>,
  images: DrillImages,
): string | undefined {
  if (images.agentImage === undefined)
    return 'the operator was not told its own image: set --agent-image (the chart does)';
  return etcdImageFor(view, images) === undefined
    ? 'no image of etcd is named: set spec.verify.drill.image, or --etcd-image of the operator'
    : undefined;
}

const defaultTimeoutSeconds = 1800;

export const drillTimeoutSeconds = ({ spec }: Pick<View, 'spec'>): number =>
  spec.verify.drill?.timeoutSeconds ?? defaultTimeoutSeconds;

/** The Job of a drill, for as long as the record says that it has to be there: it is deleted by that alone. Pure. */
export function drillChildren(view: View, images: DrillImages): DesiredChild[] {
  const { backup, uid, namespace, spec, store } = view;
  const record = backup.status?.operation as OperationRecord | undefined;
  if (record?.kind !== verificationKind || levelOf(record) !== 'Drill' || !store) return [];
  const phase = record.paused?.phase ?? record.phase;
  const checked = record.results?.['check'] as unknown as Checked | undefined;
  const isUnderWay = phase === 'Running' && (record.step === 'drill' || record.step === 'judge');
  const etcdImage = etcdImageFor(view, images);
  if (!isUnderWay || !checked || images.agentImage === undefined || etcdImage === undefined) return [];
  const { level: _level, reason: _reason, ...object } = checked;
  const authSecret = spec.cluster.auth?.secretRef.name;
  const job = drillJob({
    name: drillName(backup.metadata?.name ?? '', uid, record),
    namespace,
    labels: { [drillLabel]: uid },
    opID: uid,
    agentImage: images.agentImage,
    etcdImage,
    store: store.s3,
    object,
    timeoutSeconds: drillTimeoutSeconds(view),
    ...(authSecret === undefined ? {} : { authSecret }),
  });
  return [child(resources.jobs, job, { createOnly: true })];
}
