import { annotations, names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild, type StatefulSet } from '@stateful/reconcile-sdk';
import { clusterLabels, instanceSelector, versionLabel } from '../labels.ts';
import { podTemplate, templateChecksum } from './pod-template.ts';
import { metadataOf, type Shape } from './shape.ts';

type VolumeClaimTemplates = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>;

/**
 * The instances. OnDelete: a changed template waits until a pod is restarted, because the StatefulSet
 * controller knows neither who is primary nor who has caught up, and one broken template would take instance
 * after instance with it. `status` says which pods still run the old one.
 */
export function statefulSet(shape: Shape, pods: number, live: StatefulSet | undefined): DesiredChild {
  const { name } = shape;
  const template = podTemplate(shape);
  return child(
    resources.statefulSets,
    {
      metadata: {
        ...metadataOf(shape, names.statefulSet(name)),
        labels: { ...clusterLabels(name), [versionLabel]: shape.spec.version },
        annotations: { [annotations.specChecksum]: templateChecksum(template) ?? '' },
      },
      spec: {
        replicas: pods,
        serviceName: names.instancesService(name),
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        // Data outlives the pods, the StatefulSet and the cluster: only a person deletes a volume.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        revisionHistoryLimit: 3,
        selector: { matchLabels: instanceSelector(name) },
        template,
        volumeClaimTemplates: live?.spec?.volumeClaimTemplates ?? volumeClaimTemplates(shape),
      },
    },
    { shrinks: (now) => (now.spec?.replicas ?? 1) > pods },
  );
}

/** Immutable once made: what lives is kept to the letter, so that no change of ours is ever refused for it. */
const volumeClaimTemplates = ({ name, spec }: Shape): VolumeClaimTemplates => [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', labels: clusterLabels(name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      ...(spec.storage.class === undefined ? {} : { storageClassName: spec.storage.class }),
      resources: { requests: { storage: spec.storage.size } },
    },
  },
];
