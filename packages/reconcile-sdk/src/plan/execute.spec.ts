import { beforeEach, describe, expect, it } from '@jest/globals';
import { defineResource, resources, type ConfigMap, type KubeObject } from '../client/index.ts';
import { createStore } from '../cache/store.ts';
import { trackWrites } from '../controller/index.ts';
import { type Condition } from '../status/index.ts';
import { createKubeDouble, type KubeDouble } from '../../test/kube-double.ts';
import { quietPlanContext } from '../../test/quiet-plan-context.ts';
import { executePlan } from './execute.ts';
import { child, guardedDelete } from './child.ts';
import { type Parent, type Plan, type PlanDefinition } from './plan.ts';

interface Status {
  note: string;
  conditions?: Condition[] | undefined;
}
const parents = defineResource<Parent>('example.com', 'v1', 'Thing', 'things');
const parentPath = '/apis/example.com/v1/namespaces/ns/things/t';
const mapPath = (name: string): string => `/api/v1/namespaces/ns/configmaps/${name}`;
const definition: PlanDefinition<Parent, unknown, Status> = {
  name: 'thing',
  resource: parents,
  owns: [{ resource: resources.configMaps }],
  observe: () => undefined,
  plan: () => ({ children: [], status: { note: '' } }),
  withProblems: (status, problems) => ({ ...status, note: problems.map((problem) => problem.reason).join() }),
};

describe('executePlan', () => {
  let kube: KubeDouble;
  let parent: Parent;
  let events: string[];
  let barrier: string[];

  beforeEach(() => {
    kube = createKubeDouble({ fieldManager: 'test' });
    parent = kube.put(parentPath, { kind: 'Thing', metadata: { namespace: 'ns', name: 't', generation: 1 } });
    events = [];
    barrier = [];
  });

  /** Executes against a cache that holds what the server holds now, or `stale` instead. */
  async function execute(plan: Plan<Status>, stale?: KubeObject[]): Promise<string[]> {
    const maps = createStore<ConfigMap>({ keepFieldsOf: 'test' });
    const cached =
      stale ??
      [...kube.objects]
        .filter(([path]) => path.includes('configmaps'))
        .map(([, object]) => structuredClone(object));
    for (const object of cached) maps.upsert(object);
    const before = kube.requests.length;
    await executePlan(definition as never, parent, plan, 0, {
      ...quietPlanContext(),
      client: trackWrites(kube.client, {
        epochOf: () => 0,
        wrote: (_, object) => void barrier.push(object.metadata?.name ?? ''),
      }),
      store: () => maps as never,
      events: {
        record: (_, event) => void events.push(`${event.type} ${event.reason}`),
        flush: () => Promise.resolve(),
      },
    });
    return kube.requests
      .slice(before)
      .filter(({ method }) => method !== 'GET')
      .map(({ what }) => what);
  }
  const wanted = (data: Record<string, string>): Plan<Status> => ({
    children: [child(resources.configMaps, { metadata: { name: 'm' }, data })],
    status: { note: 'fine' },
  });
  const refresh = (): void => void (parent = kube.objects.get(parentPath) as Parent);

  it('makes what is missing, then has nothing left to do', async () => {
    expect(await execute(wanted({ a: '1' }))).toEqual([
      'apply configmaps ns/m',
      'apply things.example.com/status ns/t',
    ]);
    expect(kube.objects.get(mapPath('m'))?.metadata?.ownerReferences).toMatchObject([
      { kind: 'Thing', uid: parent.metadata?.uid, controller: true },
    ]);
    expect(barrier).toEqual(['m', 't']);
    refresh();
    expect(await execute(wanted({ a: '1' }))).toEqual([]);
  });

  it('applies a change and deletes what is no longer wanted, bound to its UID', async () => {
    await execute(wanted({ a: '1' }));
    refresh();
    expect(await execute(wanted({ a: '2' }))).toEqual(['apply configmaps ns/m']);
    refresh();
    expect(await execute({ children: [], status: { note: 'fine' } })).toEqual(['delete configmaps ns/m']);
    expect(kube.requests.at(-1)?.body).toMatchObject({
      preconditions: { uid: expect.any(String) as unknown, resourceVersion: expect.any(String) as unknown },
    });
  });

  it('leaves a foreign object alone and says so in status', async () => {
    kube.put(mapPath('m'), { metadata: { namespace: 'ns', name: 'm' } });
    await expect(execute(wanted({ a: '1' }))).rejects.toThrow('exists already');
    expect((kube.objects.get(parentPath) as { status?: Status }).status?.note).toBe('ForeignObject');
    expect(kube.objects.get(mapPath('m'))).not.toHaveProperty('data');
  });

  it('does not take a foreign object over that the cache does not know yet', async () => {
    kube.put(mapPath('m'), { metadata: { namespace: 'ns', name: 'm' } });
    await expect(execute(wanted({ a: '1' }), [])).rejects.toThrow('exists already');
  });

  it.each<[string, (live: Parent) => Parent | undefined]>([
    ['is gone', () => undefined],
    [
      'is going',
      (live) => ({ ...live, metadata: { ...live.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' } }),
    ],
    ['is another of the same name', (live) => ({ ...live, metadata: { ...live.metadata, uid: 'other' } })],
    ['has a newer spec', (live) => ({ ...live, metadata: { ...live.metadata, generation: 2 } })],
  ])('makes and deletes nothing when the parent %s', async (_, change) => {
    await execute(wanted({ a: '1' }));
    const live = change(kube.objects.get(parentPath) as Parent);
    kube.objects.delete(parentPath);
    if (live) kube.put(parentPath, live);
    const before = kube.objects.size;
    await expect(execute({ children: [], status: { note: 'fine' } })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(
      execute({ children: [child(resources.configMaps, { metadata: { name: 'n' } })], status: { note: '' } }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(kube.objects.size).toBe(before);
  });

  it('does not delete a namesake of what the cache shows', async () => {
    await execute(wanted({ a: '1' }));
    refresh();
    const old = structuredClone(kube.objects.get(mapPath('m'))!);
    kube.objects.delete(mapPath('m'));
    kube.put(mapPath('m'), { ...old, metadata: { ...old.metadata, uid: 'another' } });
    expect(await execute({ children: [], status: { note: 'fine' } }, [old])).toEqual([]);
    expect(kube.objects.has(mapPath('m'))).toBe(true);
  });

  it('reads again before it applies something smaller', async () => {
    await execute(wanted({ a: '1' }));
    refresh();
    kube.put(parentPath, { ...parent, metadata: { ...parent.metadata, generation: 2 } });
    const plan: Plan<Status> = {
      children: [child(resources.configMaps, { metadata: { name: 'm' }, data: {} }, { shrinks: () => true })],
      status: { note: 'fine' },
    };
    await expect(execute(plan)).rejects.toMatchObject({ code: 'conflict' });
    expect(kube.objects.get(mapPath('m'))).toMatchObject({ data: { a: '1' } });
  });

  it('deletes what the plan names, if it is live as it was seen', async () => {
    const stuck = kube.put(mapPath('stuck'), { metadata: { namespace: 'ns', name: 'stuck' } });
    const plan = (isStillSo: boolean): Plan<Status> => ({
      children: 'leave',
      deletes: [
        guardedDelete({
          resource: resources.configMaps,
          object: stuck,
          isStillSo: () => isStillSo,
          because: 'it is stuck',
        }),
      ],
      status: { note: 'fine' },
    });
    await execute(plan(false));
    refresh();
    expect(kube.objects.has(mapPath('stuck'))).toBe(true);
    expect(await execute(plan(true))).toEqual(['delete configmaps ns/stuck']);
    kube.put(mapPath('stuck'), { metadata: { namespace: 'ns', name: 'stuck' } });
    expect(await execute(plan(true))).toEqual([]);
  });

  it('makes what is made once, and never touches it again', async () => {
    const plan = (data: Record<string, string>): Plan<Status> => ({
      children: [child(resources.configMaps, { metadata: { name: 'm' }, data }, { createOnly: true })],
      status: { note: 'fine' },
    });
    expect(await execute(plan({ password: 'one' }))).toEqual([
      'create configmaps ns/m',
      'apply things.example.com/status ns/t',
    ]);
    refresh();
    expect(await execute(plan({ password: 'two' }))).toEqual([]);
    expect(kube.objects.get(mapPath('m'))).toMatchObject({ data: { password: 'one' } });
  });

  it('touches no child when told to leave them', async () => {
    await execute(wanted({ a: '1' }));
    refresh();
    expect(await execute({ children: 'leave', status: { note: 'bad spec' } })).toEqual([
      'apply things.example.com/status ns/t',
    ]);
    expect(kube.objects.has(mapPath('m'))).toBe(true);
  });

  it('tells of conditions that changed, once', async () => {
    const condition: Condition = {
      type: 'Degraded',
      status: 'True',
      reason: 'InvalidSpec',
      message: 'm',
      observedGeneration: 1,
      lastTransitionTime: 't',
    };
    const plan: Plan<Status> = { children: [], status: { note: '', conditions: [condition] } };
    await execute(plan);
    refresh();
    await execute(plan);
    expect(events).toEqual(['Warning InvalidSpec']);
  });
});
