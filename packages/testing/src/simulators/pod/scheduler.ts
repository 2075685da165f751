import { type Node, type Pod } from '@stateful/reconcile-sdk';
import { kinds, type Live, type LiveClaim, type LivePod } from '../kinds.ts';
import { selects } from '../../api-server/label-selector.ts';
import { isGoing, timeOf, withConditions } from '../meta.ts';
import { type Times } from '../times.ts';
import { troubleOf, type Planted } from '../trouble.ts';
import { statusWrite, type Step } from '../writes.ts';

export interface SchedulingFacts {
  readonly nodes: readonly Live<Node>[];
  /** All pods, of all nodes. */
  readonly pods: readonly LivePod[];
  readonly claim: (name: string) => LiveClaim | undefined;
  readonly times: Times;
  readonly planted: readonly Planted[];
}

type PodCondition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

/** Puts a pod on the node with the fewest pods, or says why none will do. */
export function schedule(pod: LivePod, facts: SchedulingFacts, now: number): Step {
  if (isGoing(pod) || pod.spec?.nodeName) return { writes: [] };
  const due = (timeOf(pod.metadata.creationTimestamp) ?? 0) + facts.times.schedulingMs;
  if (now < due) return { writes: [], lookAt: due };
  const why = whyNowhere(pod, facts);
  if (typeof why !== 'string') return { writes: [{ verb: 'bind', object: pod, node: why.name }] };
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: why,
    lastProbeTime: null as never,
  };
  const conditions = withConditions<PodCondition>(pod.status?.conditions, [condition], now);
  return { writes: statusWrite(kinds.pods, pod, { ...pod.status, conditions }) };
}

function whyNowhere(pod: LivePod, facts: SchedulingFacts): string | { name: string } {
  for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
    if (!persistentVolumeClaim) continue;
    const claim = facts.claim(persistentVolumeClaim.claimName);
    if (!claim) return `persistentvolumeclaim "${persistentVolumeClaim.claimName}" not found`;
    if (isGoing(claim)) return `persistentvolumeclaim "${claim.metadata.name}" is being deleted`;
    if (!claim.spec?.volumeName) return 'pod has unbound immediate PersistentVolumeClaims';
  }
  const count = facts.nodes.length;
  if (troubleOf(facts.planted, pod, 'unschedulable'))
    return `0/${count} nodes are available: ${count} Insufficient cpu.`;
  const load = (node: Live<Node>): number => crowd(node, pod, facts.pods);
  const fitting = facts.nodes
    .filter((node) => fits(node, pod, facts.pods))
    .sort((a, b) => load(a) - load(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  return fitting[0]
    ? { name: fitting[0].metadata.name }
    : `0/${count} nodes are available: ${count} node(s) didn't match Pod's node affinity/selector.`;
}

/** Pods of the same kind weigh most: those that belong together are spread. */
function crowd({ metadata }: Live<Node>, pod: LivePod, pods: readonly LivePod[]): number {
  const apart = pod.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return pods
    .filter(({ spec }) => spec?.nodeName === metadata.name)
    .reduce(
      (sum, other) =>
        sum +
        1 +
        apart.filter(({ podAffinityTerm }) => selects(podAffinityTerm.labelSelector, other.metadata.labels))
          .length *
          100,
      0,
    );
}

function fits({ metadata, spec, status }: Live<Node>, pod: LivePod, pods: readonly LivePod[]): boolean {
  const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  const { nodeSelector = {}, affinity } = pod.spec ?? {};
  const labels = metadata.labels ?? {};
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const apart = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    isReady === true &&
    !spec?.unschedulable &&
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (terms === undefined ||
      terms.some(({ matchExpressions = [] }) => selects({ matchExpressions }, labels))) &&
    !pods.some(
      (other) =>
        other.spec?.nodeName === metadata.name &&
        apart.some(({ labelSelector }) => selects(labelSelector, other.metadata.labels)),
    )
  );
}
