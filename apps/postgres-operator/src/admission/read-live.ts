import { names } from '@stateful/postgres-api';
import { describeError, resources, type KubeClient } from '@stateful/reconcile-sdk';
import { instanceSelector, selectorText } from '../controllers/postgres-cluster/labels.ts';
import { liveOf } from './live.ts';
import { type LiveFacts } from './rule.ts';

/** An answer must leave time for the webhook's own, which the API server waits 10 s for. */
const timeoutMs = 4_000;

/**
 * Reads what exists of a cluster from the API server, past every cache: the answer decides about data. What cannot
 * be read makes the whole unknown. Never throws.
 */
export async function readLive(
  client: KubeClient,
  cluster: { readonly namespace: string; readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<LiveFacts> {
  const { namespace, name, uid } = cluster;
  const labelSelector = selectorText(instanceSelector(name));
  const options = { signal, timeoutMs };
  try {
    const [found, volumes, pods] = await Promise.all([
      client.find(resources.statefulSets, { namespace, name: names.statefulSet(name) }, options),
      client.list(resources.persistentVolumeClaims, { namespace, labelSelector, ...options }),
      client.list(resources.pods, { namespace, labelSelector, ...options }),
    ]);
    // R1: by UID. A StatefulSet that is not ours says nothing of our data.
    const isOurs = found?.metadata?.ownerReferences?.some((owner) => owner.uid === uid) === true;
    const statefulSet = isOurs ? found : undefined;
    const setUid = statefulSet?.metadata?.uid;
    return {
      kind: 'known',
      live: liveOf({
        statefulSet,
        volumes: volumes.items,
        pods: pods.items.filter((pod) =>
          pod.metadata?.ownerReferences?.some((owner) => owner.uid === setUid),
        ),
      }),
    };
  } catch (error) {
    return { kind: 'unknown', why: `what exists of the cluster could not be read (${describeError(error)})` };
  }
}
