import { isPodReady } from '../controllers/postgres-cluster/pod-state.ts';
import { versionLabel } from '../controllers/postgres-cluster/labels.ts';
import { type Snapshot } from '../controllers/postgres-cluster/snapshot.ts';
import { volumeSizes } from '../controllers/postgres-cluster/volume-size.ts';
import { type Live } from './rule.ts';

/** What exists of a cluster, out of its children. */
export const liveOf = (children: Pick<Snapshot, 'statefulSet' | 'volumes' | 'pods'>): Live => ({
  version: children.statefulSet?.metadata?.labels?.[versionLabel],
  volumeSize: volumeSizes(children)?.largest,
  replicas: children.statefulSet?.spec?.replicas,
  instances: new Map(children.pods.map((pod) => [pod.metadata?.name ?? '', { isReady: isPodReady(pod) }])),
});
