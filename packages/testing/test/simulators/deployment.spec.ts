import { describe, expect, it } from '@jest/globals';
import { resources, type Deployment } from '@stateful/reconcile-sdk';
import { labels, namespace, podsOf, simulatedCluster, template, type SimulatedCluster } from './cluster.ts';

const { deployments, services, endpointSlices, pods } = resources;
const key = { namespace, name: 'd' };
const minuteMs = 60_000;
const deployment = (spec: object = {}): Deployment => ({
  metadata: key,
  spec: { replicas: 3, selector: { matchLabels: labels }, template: template(), ...spec },
});
const conditionsOf = async ({ user }: SimulatedCluster) =>
  Object.fromEntries(
    ((await user.get(deployments, key)).status?.conditions ?? []).map(({ type, status, reason }) => [
      type,
      `${status} ${reason ?? ''}`,
    ]),
  );
const change = ({ user }: SimulatedCluster, image: string) =>
  user.mergePatch(deployments, key, { spec: { template: template(image) } });
/** The most and the fewest pods, and the fewest that were ready, while something went on. */
async function extremes({ clock, user }: SimulatedCluster, ms: number) {
  const seen = { most: 0, fewestReady: Infinity };
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.advance(100);
    const { items } = await user.list(pods, { namespace });
    const staying = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
    const ready = staying.filter(({ status }) =>
      status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
    );
    seen.most = Math.max(seen.most, staying.length);
    seen.fewestReady = Math.min(seen.fewestReady, ready.length);
  }
  return seen;
}

describe('a Deployment', () => {
  it('rolls without ever having fewer than it may', async () => {
    const cluster = simulatedCluster();
    await cluster.user.create(deployments, deployment());
    await cluster.clock.advance(minuteMs);
    expect(await conditionsOf(cluster)).toEqual({
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
    await change(cluster, 'example:2');
    expect(await extremes(cluster, minuteMs)).toEqual({ most: 4, fewestReady: 3 });
    expect((await podsOf(cluster.user)).map((pod) => pod.split(' ').slice(1).join(' '))).toEqual([
      'ready example:2',
      'ready example:2',
      'ready example:2',
    ]);
    const { status, metadata } = await cluster.user.get(deployments, key);
    expect(status).toMatchObject({
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
    });
    expect(status?.unavailableReplicas).toBeUndefined();
    expect(metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '2' });
    // Back: the old ReplicaSet is taken up again, as the newest revision.
    await change(cluster, 'example:1');
    await cluster.clock.advance(minuteMs);
    expect((await cluster.user.get(deployments, key)).metadata?.annotations).toEqual({
      'deployment.kubernetes.io/revision': '3',
    });
  });

  it('with Recreate has none left before the first new one', async () => {
    const cluster = simulatedCluster();
    await cluster.user.create(deployments, deployment({ strategy: { type: 'Recreate' } }));
    await cluster.clock.advance(minuteMs);
    await change(cluster, 'example:2');
    expect(await extremes(cluster, minuteMs)).toEqual({ most: 3, fewestReady: 0 });
    expect((await podsOf(cluster.user)).every((pod) => pod.endsWith('example:2'))).toBe(true);
  });

  it('stays up with an image that is not there, says so after its deadline, and heals when that is put right', async () => {
    const cluster = simulatedCluster();
    await cluster.user.create(deployments, deployment({ progressDeadlineSeconds: 120 }));
    await cluster.clock.advance(minuteMs);
    cluster.simulation.plant({ kind: 'image-pull' }, ({ spec }) => spec?.containers[0]?.image === 'broken');
    await change(cluster, 'broken');
    await cluster.clock.advance(minuteMs);
    expect((await conditionsOf(cluster))['Progressing']).toBe('True ReplicaSetUpdated');
    await cluster.clock.advance(2 * minuteMs);
    expect(await conditionsOf(cluster)).toEqual({
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'False ProgressDeadlineExceeded',
    });
    expect((await cluster.user.get(deployments, key)).status).toMatchObject({
      replicas: 4,
      readyReplicas: 3,
      unavailableReplicas: 1,
    });
    await change(cluster, 'example:2');
    await cluster.clock.advance(minuteMs);
    expect((await conditionsOf(cluster))['Progressing']).toBe('True NewReplicaSetAvailable');
    expect(await podsOf(cluster.user)).toHaveLength(3);
  });

  it('goes with everything that it made', async () => {
    const cluster = simulatedCluster();
    await cluster.user.create(deployments, deployment());
    await cluster.clock.advance(minuteMs);
    await cluster.user.delete(deployments, key, { propagation: 'Background' });
    await cluster.clock.advance(minuteMs);
    expect(await podsOf(cluster.user)).toEqual([]);
  });
});

describe('a Service', () => {
  it('leads to the pods that are ready, and to no others', async () => {
    const { clock, user, simulation } = simulatedCluster();
    await user.create(services, {
      metadata: { namespace, name: 'x' },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    });
    await user.create(deployments, deployment({ replicas: 2 }));
    await clock.advance(minuteMs);
    const states = async () =>
      (await user.list(endpointSlices, { namespace })).items.map(({ endpoints, ports }) => [
        (endpoints ?? []).map(({ conditions }) => conditions),
        ports?.map(({ port }) => port),
      ]);
    const ready = { ready: true, serving: true, terminating: false };
    expect(await states()).toEqual([[[ready, ready], [8080]]]);
    const first = (await user.list(pods, { namespace })).items[0]?.metadata?.name;
    const heal = simulation.plant({ kind: 'not-ready' }, ({ metadata }) => metadata.name === first);
    await clock.advance(minuteMs);
    expect(await states()).toEqual([[[{ ready: false, serving: false, terminating: false }, ready], [8080]]]);
    heal();
    await clock.advance(minuteMs);
    expect(await states()).toEqual([[[ready, ready], [8080]]]);
  });
});
