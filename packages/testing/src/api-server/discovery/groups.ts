import { type Kind } from '../kinds/kind.ts';

/** The kinds of one version of a group. */
export interface ServedVersion {
  version: string;
  kinds: readonly Kind[];
}

/** One API group, its preferred version first. */
export interface ServedGroup {
  name: string;
  versions: readonly ServedVersion[];
}

/** The order in which kube-apiserver lists its own groups: where two serve a name, the first is meant. */
const order = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** `v2` before `v1` before `v1beta2` before `v1alpha1`, and what is named otherwise last. */
export function compareVersions(a: string, b: string): number {
  const weigh = (version: string): number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return [0, 0, 0];
    const [, major, stage, minor] = match;
    return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
  };
  const [left, right] = [weigh(a), weigh(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  return differs < 0 ? (a < b ? -1 : Number(a > b)) : right[differs]! - left[differs]!;
}

/** What is served, in the order of discovery; the core group is named ''. */
export function servedGroups(kinds: readonly Kind[]): ServedGroup[] {
  const byGroup = Map.groupBy(kinds, ({ group }) => group);
  return [...byGroup]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([name, ofGroup]) => ({
      name,
      versions: [...Map.groupBy(ofGroup, ({ version }) => version)]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, ofVersion]) => ({
          version,
          kinds: [...ofVersion].sort((a, b) => (a.plural < b.plural ? -1 : 1)),
        })),
    }));
}
