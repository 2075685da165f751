import { describe, expect, it } from '@jest/globals';
import { resources } from '@stateful/reconcile-sdk';
import { namespace, podsOf, simulatedCluster, statefulSet, template } from './cluster.ts';

const { statefulSets, pods, persistentVolumeClaims } = resources;
const key = { namespace, name: 's' };
const minuteMs = 60_000;

const claims = [
  {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
];

describe('a StatefulSet', () => {
  it('makes its pods one after the other, each when the one before is ready', async () => {
    const { clock, user, story } = simulatedCluster();
    await user.create(statefulSets, statefulSet({ replicas: 2 }));
    await clock.advance(minuteMs);
    expect(story.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
      's-0 made',
      's-0 ContainerCreating',
      's-0 running',
      's-0 ready',
      's-1 made',
      's-1 ContainerCreating',
      's-1 running',
      's-1 ready',
    ]);
    const { status } = await user.get(statefulSets, key);
    expect(status).toMatchObject({
      replicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
    expect(status?.currentRevision).toBe(status?.updateRevision);
  });

  it('makes them all at once when it is told to, each with a volume of its own', async () => {
    const { clock, user } = simulatedCluster();
    await user.create(
      statefulSets,
      statefulSet({ replicas: 3, podManagementPolicy: 'Parallel', volumeClaimTemplates: claims }),
    );
    await clock.advance(5_000);
    expect(await podsOf(user)).toEqual(['s-0 ready example:1', 's-1 ready example:1', 's-2 ready example:1']);
    const { items } = await user.list(persistentVolumeClaims, { namespace });
    expect(items.map(({ metadata, status }) => [metadata?.name, status?.phase])).toEqual([
      ['data-s-0', 'Bound'],
      ['data-s-1', 'Bound'],
      ['data-s-2', 'Bound'],
    ]);
    // Apart from each other.
    const nodes = (await user.list(pods, { namespace })).items.map(({ spec }) => spec?.nodeName);
    expect(new Set(nodes).size).toBe(3);
  });

  it('is stuck with a template that does not work, also when that is put right, until the pod is deleted', async () => {
    const { clock, user, simulation } = simulatedCluster();
    await user.create(statefulSets, statefulSet({ replicas: 3 }));
    await clock.advance(minuteMs);
    simulation.plant({ kind: 'image-pull' }, ({ spec }) => spec?.containers[0]?.image === 'broken');
    const change = (image: string) =>
      user.mergePatch(statefulSets, key, { spec: { template: template(image) } });
    await change('broken');
    await clock.advance(10 * minuteMs);
    const stuck = ['s-0 ready example:1', 's-1 ready example:1', 's-2 ImagePullBackOff broken'];
    expect(await podsOf(user)).toEqual(stuck);
    await change('example:2');
    await clock.advance(10 * minuteMs);
    expect(await podsOf(user)).toEqual(stuck);
    await user.delete(pods, { namespace, name: 's-2' });
    await clock.advance(10 * minuteMs);
    expect(await podsOf(user)).toEqual(['s-0 ready example:2', 's-1 ready example:2', 's-2 ready example:2']);
  });
});
