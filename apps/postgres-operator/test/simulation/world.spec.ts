import { describe, expect, it } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import { resources } from '@stateful/reconcile-sdk';
import { startOperator } from './operator.ts';
import { restartAsAdvised } from './people.ts';
import { cluster, namespace, postgresClusters, postgresWorld, type PostgresWorld } from './world.ts';

const key = { namespace, name: 'pg' };
const { pods } = resources;
const minuteMs = 60_000;

async function started(spec: object = {}) {
  const world = postgresWorld();
  const operator = startOperator(world);
  await world.user.create(postgresClusters, cluster(spec));
  await world.clock.advance(minuteMs);
  return { ...world, operator };
}
const ready = ({ status }: PostgresCluster) => status?.conditions?.find(({ type }) => type === 'Ready');
const now = ({ user }: Pick<PostgresWorld, 'user'>) => user.get(postgresClusters, key);

describe('the operator with simulated agents', () => {
  it('makes a cluster of three that becomes Ready and goes quiet', async () => {
    const world = await started();
    expect(ready(await now(world))).toMatchObject({ status: 'True', reason: 'Healthy' });
    expect((await now(world)).status).toMatchObject({
      primary: 'pg-0',
      epoch: 1,
      timeline: 1,
      readyReplicas: 3,
    });
    const before = world.operator.writes.length;
    await world.clock.advance(60 * minuteMs);
    expect(world.operator.writes.slice(before)).toEqual([]);
    expect(world.operator.complaints).toEqual([]);
    expect(world.agents.violations).toEqual([]);
  });

  it('hands over when the primary’s pod is deleted', async () => {
    const world = await started();
    await world.user.delete(pods, { namespace, name: 'pg-0' });
    await world.clock.advance(600);
    expect(ready(await now(world))?.status).toBe('False');
    await world.clock.advance(minuteMs);
    const { status } = await now(world);
    expect(ready(await now(world))).toMatchObject({ status: 'True' });
    expect(status).toMatchObject({ epoch: 2, timeline: 2, readyReplicas: 3 });
    expect(status?.primary).not.toBe('pg-0');
    expect(world.agents.violations).toEqual([]);
  });

  it('fails over when the primary’s node is lost, and is whole again when the node is back', async () => {
    const world = await started();
    const node = (await world.user.get(pods, { namespace, name: 'pg-0' })).spec?.nodeName ?? '';
    world.simulation.loseNode(node);
    await world.clock.advance(10 * minuteMs);
    const lost = await now(world);
    expect(lost.status).toMatchObject({ epoch: 2, readyReplicas: 2 });
    expect(ready(lost)).toMatchObject({ status: 'False', reason: 'InstancesNotReady' });
    // Its pod is to go, and nobody confirms it.
    const pod = await world.user.get(pods, { namespace, name: 'pg-0' });
    expect(pod.metadata?.deletionTimestamp).toBeDefined();
    world.simulation.returnNode(node);
    await world.clock.advance(5 * minuteMs);
    expect(ready(await now(world))).toMatchObject({ status: 'True' });
    expect(world.agents.violations).toEqual([]);
  });

  it('grows and shrinks, the primary never among those that go, and nobody leaves before its vote', async () => {
    const world = await started();
    const scale = (replicas: number) => world.user.mergePatch(postgresClusters, key, { spec: { replicas } });
    await scale(5);
    await world.clock.advance(5 * minuteMs);
    expect((await now(world)).status).toMatchObject({ readyReplicas: 5 });
    await scale(3);
    await world.clock.advance(5 * minuteMs);
    expect((await now(world)).status).toMatchObject({ replicas: 3, readyReplicas: 3 });
    expect(ready(await now(world))).toMatchObject({ status: 'True' });
    expect(world.agents.violations).toEqual([]);
  });

  it('rolls to a new version as its status advises, and the primary moves once', async () => {
    const world = await started();
    await world.user.mergePatch(postgresClusters, key, { spec: { version: '17.12.0' } });
    await world.clock.advance(minuteMs);
    await restartAsAdvised(world);
    const { status } = await now(world);
    expect(status).toMatchObject({ readyReplicas: 3, epoch: 2 });
    expect(status?.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
      reason: 'Settled',
    });
    const { items } = await world.user.list(pods, { namespace });
    expect(new Set(items.map(({ spec }) => spec?.containers[0]?.image))).toEqual(
      new Set(['docker.io/local/postgres:17.12.0']),
    );
    expect(world.agents.violations).toEqual([]);
  });
});
