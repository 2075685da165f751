import { type Node, type Pod } from '@stateful/reconcile-sdk';
import { timeText } from '../api-server/metadata.ts';
import { kinds, storedAs, type Live, type LivePod } from './kinds.ts';
import { isGoing, withConditions } from './meta.ts';
import { type Objects } from './objects.ts';
import { type Simulator } from './driver.ts';
import { earlier, statusWrite, type Step, type Write } from './writes.ts';

type NodeCondition = NonNullable<NonNullable<Node['status']>['conditions']>[number];
type PodCondition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

const unreachable = 'node.kubernetes.io/unreachable';

/** What is known of nodes beside what is stored: since when one is not heard of. */
export type SilentSince = (node: string) => number | undefined;

/**
 * The node controller: a node not heard of for a while is Unknown, its pods are not ready, and those that do not
 * tolerate it any longer are deleted; which nobody confirms until the node is back.
 */
export function nodeSimulator(objects: Objects, silentSince: SilentSince, noticedMs: number): Simulator {
  return {
    name: 'node-controller',
    concerns: ({ of, object }) => {
      if (of === storedAs(kinds.nodes)) return [object.metadata.name];
      const node =
        of === storedAs(kinds.pods) ? (object['spec'] as { nodeName?: string })?.nodeName : undefined;
      return node !== undefined && silentSince(node) !== undefined ? [node] : [];
    },
    look({ name }, now) {
      const node = objects.get(kinds.nodes, undefined, name);
      if (!node) return { writes: [] };
      const pods = objects.list(kinds.pods).filter(({ spec }) => spec?.nodeName === name);
      return judge(node, pods, { silentSince: silentSince(name), noticedMs }, now);
    },
  };
}

/** What follows from the silence of a node. */
export function judge(
  node: Live<Node>,
  pods: readonly LivePod[],
  { silentSince, noticedMs }: { silentSince: number | undefined; noticedMs: number },
  now: number,
): Step {
  const noticedAt = silentSince === undefined ? undefined : silentSince + noticedMs;
  if (noticedAt !== undefined && now < noticedAt) return { writes: [], lookAt: noticedAt };
  const isLost = noticedAt !== undefined;
  const condition: NodeCondition = isLost
    ? {
        type: 'Ready',
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      }
    : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  const conditions = withConditions<NodeCondition>(node.status?.conditions, [condition], now);
  const writes: Write[] = statusWrite(kinds.nodes, node, { ...node.status, conditions });
  const taints = (node.spec?.taints ?? []).filter(({ key }) => key !== unreachable);
  const isTainted = taints.length !== (node.spec?.taints ?? []).length;
  if (writes.length === 0 && isLost !== isTainted) {
    const taint = { key: unreachable, effect: 'NoExecute', timeAdded: timeText(now) };
    writes.push({
      verb: 'update',
      resource: kinds.nodes,
      object: { ...node, spec: { ...node.spec, taints: isLost ? [...taints, taint] : taints } } as never,
    });
  }
  if (!isLost) return { writes };
  let lookAt: number | undefined;
  for (const pod of pods) {
    const left = leaveAt(pod, noticedAt);
    if (left !== undefined && !isGoing(pod)) {
      if (now >= left) {
        writes.push({ verb: 'delete', resource: kinds.pods, object: pod });
        continue;
      }
      lookAt = earlier(lookAt, left);
    }
    writes.push(...unready(pod, now));
  }
  return { writes, lookAt };
}

/** When a pod no longer tolerates that its node is away. */
function leaveAt({ spec }: LivePod, since: number): number | undefined {
  const toleration = spec?.tolerations?.find(
    ({ key, effect }) => key === unreachable && (effect === undefined || effect === 'NoExecute'),
  );
  if (!toleration) return since;
  return toleration.tolerationSeconds === undefined ? undefined : since + toleration.tolerationSeconds * 1000;
}

function unready(pod: LivePod, now: number): Write[] {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return [];
  const conditions = withConditions<PodCondition>(
    pod.status?.conditions,
    [{ ...ready, status: 'False' }],
    now,
  );
  return statusWrite(kinds.pods, pod, { ...pod.status, conditions });
}
