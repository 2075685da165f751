import { labels } from '@stateful/postgres-api';

/** Value of `app.kubernetes.io/managed-by` on everything this operator makes; its watches select by it. */
export const managedBy = 'postgres-operator';

/** Says on the StatefulSet which version its data was made with. */
export const versionLabel = 'app.kubernetes.io/version';

const component = 'app.kubernetes.io/component';
type Component = 'instance' | 'backup';

/** Labels of everything that belongs to a cluster. */
export const clusterLabels = (cluster: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'postgres',
  'app.kubernetes.io/instance': cluster,
  'app.kubernetes.io/managed-by': managedBy,
  [labels.cluster]: cluster,
});

/** Labels of pods. The component keeps pods of backup Jobs out of every selector of instances. */
export const podLabels = (cluster: string, kind: Component): Record<string, string> => ({
  ...clusterLabels(cluster),
  [component]: kind,
});

/** Selects the instances of a cluster, and nothing else. Immutable in a StatefulSet: never add to it. */
export const instanceSelector = (cluster: string): Record<string, string> => ({
  [labels.cluster]: cluster,
  [component]: 'instance',
});

export const selectorText = (selector: Record<string, string>): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
