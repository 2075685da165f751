import { child, hasEnded, resources, type DesiredChild, type Job } from '@stateful/reconcile-sdk';
import { drillJob, materializeJob, swapJob, type DataPod, type SwapJobInput } from '../../pods/index.ts';
import { isLeft, jobName, labelsOf, outcomeOf, type JobVerb } from './member-jobs.ts';
import { isStopped, targetOf, type View } from './view.ts';

/** What Jobs are made with. */
export interface Images {
  /** The operator's own, which holds the agent; undefined: it was not told, and nothing can be restored. */
  readonly agentImage: string | undefined;
  /** That of a version of etcd, for drills that name none. */
  readonly etcdImage?: (version: string) => string | undefined;
}

/** Image of a drill; undefined: nothing tells. */
export const drillImageOf = (
  { spec, results }: Pick<View, 'spec' | 'results'>,
  { etcdImage }: Images,
): string | undefined => {
  const version = results.select?.etcd.serverVersion;
  return spec.drill?.image ?? (version === undefined ? undefined : etcdImage?.(version));
};

/**
 * The Jobs that there have to be now: those of the step that the record says is under way, and no others. What no longer
 * belongs there is deleted by that alone. Pure.
 */
export function childrenOf(view: View, images: Images): DesiredChild[] {
  const { record } = view;
  if (!record || hasEnded(record)) return [];
  const phase = record.paused?.phase ?? record.phase;
  if (phase === 'Undoing') {
    // The way back is not begun before the way there is left by all.
    return record.step === 'materialize' && !isLeft(view, ['materialize', 'swap', 'forget'])
      ? forMembers(view, 'back', (input) => swapJob({ ...input, verb: 'back' }), images)
      : [];
  }
  switch (record.step) {
    case 'materialize':
      return forMembers(view, 'materialize', materialize(view), images);
    case 'swap':
      return forMembers(view, 'swap', (input) => swapJob({ ...input, verb: 'swap' }), images);
    case 'finish':
      return view.spec.oldData === 'DeleteAfterSuccess' && view.spec.mode === 'InPlace'
        ? forMembers(view, 'forget', (input) => besideMember(view, input), images)
        : [];
    case 'drill':
      return [drill(view, images)];
    default:
      return [];
  }
}

type MemberInput = Omit<SwapJobInput, 'verb'> & { readonly member: { name: string; peerURL: string } };

/** Jobs that are there stay; new ones are only made while nothing else has the volumes, but for what comes after the start. */
function forMembers(
  view: View,
  verb: JobVerb,
  job: (input: MemberInput) => Job,
  images: Images,
): DesiredChild[] {
  const { members, dataDir, image, user } = targetOf(view.spec);
  const isFree = verb === 'forget' || isStopped(view) === true;
  return members
    .filter(({ name }) => isFree || outcomeOf(view, verb, name) !== 'absent')
    .map(({ name, peerURL, claim }) =>
      created(
        job({
          ...podOf(view, verb, name, { agentImage: images.agentImage ?? '', etcdImage: image }),
          ...(user ? { user: userOf(user) } : {}),
          member: { name, peerURL },
          claim,
          dataDir,
        }),
      ),
    );
}

const created = (job: Job): DesiredChild => child(resources.jobs, job, { createOnly: true });

const userOf = ({
  runAsUser,
  runAsGroup,
  fsGroup,
}: NonNullable<ReturnType<typeof targetOf>['user']>): NonNullable<DataPod['user']> => ({
  runAsUser,
  ...(runAsGroup === undefined ? {} : { runAsGroup }),
  ...(fsGroup === undefined ? {} : { fsGroup }),
});

const podOf = (
  view: View,
  verb: JobVerb,
  member: string,
  images: { agentImage: string; etcdImage: string },
): DataPod => ({
  name: jobName(view, verb, member),
  namespace: view.namespace,
  labels: labelsOf(view, verb),
  opID: view.uid,
  ...images,
});

/** What the agent has to find in the object: all that is known of it. */
function objectOf({ results: { select, check } }: View) {
  if (!select || !check) throw new TypeError('nothing is selected');
  const { key, versionID, sizeBytes, etcd } = select;
  const { sha256, revision, hashKV } = check;
  const { compactRevision } = etcd;
  return {
    key,
    ...(versionID === undefined ? {} : { versionID }),
    sizeBytes,
    sha256,
    revision,
    ...(compactRevision === undefined ? {} : { compactRevision }),
    ...(hashKV === undefined ? {} : { hashKV }),
  };
}

const materialize =
  (view: View) =>
  (input: MemberInput): Job => {
    const { spec, results } = view;
    const bump = results.mark?.bump;
    return materializeJob({
      ...input,
      store: results.select!.store.s3,
      object: objectOf(view),
      initialCluster: targetOf(spec)
        .members.map(({ name, peerURL }) => `${name}=${peerURL}`)
        .join(','),
      ...(bump === undefined ? {} : { bump }),
      onlyEmpty: spec.mode !== 'InPlace',
    });
  };

/** The old data is deleted where the member runs: its volume may be of one node alone. */
function besideMember({ users }: View, input: MemberInput): Job {
  const job = swapJob({ ...input, verb: 'forget' });
  const node = users === 'unknown' ? undefined : users.find(({ claim }) => claim === input.claim)?.node;
  if (node !== undefined && job.spec?.template.spec) job.spec.template.spec.nodeName = node;
  return job;
}

function drill(view: View, images: Images): DesiredChild {
  const { spec, results } = view;
  const { authSecretRef } = spec.safety;
  return created(
    drillJob({
      ...podOf(view, 'drill', '', {
        agentImage: images.agentImage ?? '',
        etcdImage: drillImageOf(view, images) ?? '',
      }),
      store: results.select!.store.s3,
      object: objectOf(view),
      timeoutSeconds: spec.drill?.timeoutSeconds ?? 1800,
      ...(authSecretRef ? { authSecret: authSecretRef.name } : {}),
    }),
  );
}
