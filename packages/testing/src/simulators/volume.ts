import { kinds, storedAs, type Live, type LiveClaim, type LivePod, type PersistentVolume } from './kinds.ts';
import { isGoing, timeOf } from './meta.ts';
import { type Objects } from './objects.ts';
import { type Simulator } from './driver.ts';
import { type Times } from './times.ts';
import { joined, statusWrite, type Step, type Write } from './writes.ts';

const protection = 'kubernetes.io/pvc-protection';

export interface ClaimFacts {
  readonly volume: Live<PersistentVolume> | undefined;
  readonly pods: readonly LivePod[];
  readonly times: Times;
  /** Held by somebody who is none of ours, such as a snapshot under way. */
  readonly isStuck: boolean;
}

/** Binds claims to volumes, lets them grow, and protects those in use: the volume controllers in one. */
export function volumeSimulator(
  objects: Objects,
  times: Times,
  isStuck: (claim: LiveClaim) => boolean,
): Simulator {
  return {
    name: 'persistent-volume-controller',
    concerns: ({ of, key, object }) => {
      if (of === storedAs(kinds.persistentVolumeClaims)) return [key];
      if (of === storedAs(kinds.persistentVolumes)) return claimOf(object);
      if (of !== storedAs(kinds.pods)) return [];
      return claimNames(object as never).map((name) => `${object.metadata.namespace ?? ''}/${name}`);
    },
    look({ namespace, name }, now) {
      const claim = objects.get(kinds.persistentVolumeClaims, namespace, name);
      const writes = abandoned(objects, namespace, name, claim?.metadata.uid);
      if (!claim) return { writes };
      const facts = {
        volume: objects.get(kinds.persistentVolumes, undefined, volumeName(claim)),
        pods: objects.list(kinds.pods, namespace),
        times,
        isStuck: isStuck(claim),
      };
      return joined([{ writes }, tendClaim(claim, facts, now)]);
    },
  };
}

const volumeName = ({ metadata }: LiveClaim): string => `pvc-${metadata.uid}`;
const claimNames = ({ spec }: LivePod): string[] =>
  (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
const hasEnded = ({ status }: LivePod): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

export function tendClaim(claim: LiveClaim, { volume, pods, times, isStuck }: ClaimFacts, now: number): Step {
  const { metadata, spec, status } = claim;
  if (isGoing(claim)) {
    const isUsed = pods.some((pod) => !hasEnded(pod) && claimNames(pod).includes(metadata.name));
    const finalizers = metadata.finalizers ?? [];
    if (isUsed || isStuck || !finalizers.includes(protection)) return { writes: [] };
    const without = { ...metadata, finalizers: finalizers.filter((each) => each !== protection) };
    return { writes: [update({ ...claim, metadata: without })] };
  }
  const wanted = spec?.resources?.requests?.['storage'] ?? '1Gi';
  const due = (timeOf(metadata.creationTimestamp) ?? 0) + times.provisionMs;
  if (!volume) {
    return now < due ? { writes: [], lookAt: due } : { writes: [provision(claim, wanted)] };
  }
  if (!spec?.volumeName) {
    const annotations = {
      ...metadata.annotations,
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    };
    return {
      writes: [
        update({
          ...claim,
          metadata: { ...metadata, annotations },
          spec: { ...spec, volumeName: volumeName(claim) },
        }),
        ...statusWrite(kinds.persistentVolumes, volume, { ...volume.status, phase: 'Bound' }),
      ],
    };
  }
  const bound = {
    ...status,
    phase: 'Bound',
    accessModes: spec.accessModes,
    capacity: { ...status?.capacity, storage: wanted },
  };
  return { writes: statusWrite(kinds.persistentVolumeClaims, claim, bound) };
}

const update = (object: LiveClaim): Write => ({
  verb: 'update',
  resource: kinds.persistentVolumeClaims,
  object: object,
});

function provision(claim: LiveClaim, storage: string): Write {
  const { namespace = '', name, uid } = claim.metadata;
  return {
    verb: 'create',
    resource: kinds.persistentVolumes,
    object: {
      metadata: { name: volumeName(claim) },
      spec: {
        capacity: { storage },
        accessModes: claim.spec?.accessModes,
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      },
    } as never,
  };
}

const claimOf = ({ spec }: Live<PersistentVolume>): string[] =>
  spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : [];

/** The volumes of a claim that is gone go with it; one made anew under its name gets a fresh one. */
const abandoned = (
  objects: Objects,
  namespace: string | undefined,
  name: string,
  uid: string | undefined,
): Write[] =>
  objects
    .list(kinds.persistentVolumes)
    .filter(
      ({ spec }) =>
        spec?.claimRef?.namespace === namespace && spec?.claimRef?.name === name && spec.claimRef.uid !== uid,
    )
    .map((object) => ({ verb: 'delete', resource: kinds.persistentVolumes, object }));
