import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type ConfigMap, type KubeObject } from '../src/client/index.ts';
import {
  child,
  isCurrent,
  parentKeyOf,
  refOf,
  waitingText,
  type DesiredChild,
  type Waiting,
} from '../src/plan/index.ts';
import {
  createBench,
  definitionOf,
  mapKey,
  things,
  type Bench,
  type ThingDefinition,
} from './plan-fixture.ts';

const { configMaps, namespaces } = resources;
const map = (name: string, options: Parameters<typeof child<ConfigMap>>[2] = {}, data = '1'): DesiredChild =>
  child(configMaps, { metadata: { name }, data: { data } }, options);
const isReady = (live: ConfigMap) =>
  live.metadata?.annotations?.['ready'] === undefined
    ? 'unknown'
    : live.metadata.annotations['ready'] === 'yes';

describe('children', () => {
  let bench: Bench;
  let told: readonly Waiting[];
  beforeEach(() => {
    bench = createBench();
    told = [];
  });
  const owning = (children: DesiredChild[], more: Partial<ThingDefinition> = {}): ThingDefinition =>
    definitionOf(children, {
      owns: [{ resource: configMaps }],
      withWaiting(status, waiting) {
        told = waiting;
        return { ...status, waiting: waiting.map(waitingText) };
      },
      ...more,
    });
  const look = async (children: DesiredChild[], more: Partial<ThingDefinition> = {}): Promise<string[]> => {
    told = [];
    const { writes, error } = await bench.look(owning(children, more));
    if (error) throw error;
    return writes.filter((write) => !write.includes('/status'));
  };
  const makeReady = (name: string, ready: string): void =>
    bench.change(configMaps, mapKey(name), (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ready } },
    }));

  describe('in an order', () => {
    const db = map('db', { readyWhen: isReady });
    const api = (options = {}, data = '1'): DesiredChild =>
      map('api', { after: [refOf(db)], ...options }, data);

    it('are made when those before them are ready; unknown is not ready', async () => {
      expect(await look([api(), db])).toEqual(['apply configmaps ns/db']);
      expect(told).toMatchObject([
        { verb: 'create', on: { key: { name: 'db' } }, why: 'does not exist yet' },
      ]);
      expect(await look([api(), db])).toEqual([]);
      expect(bench.thing().status?.waiting).toEqual([
        'create ConfigMap api waits for ConfigMap db, which is ready or not, nobody can say',
      ]);
      makeReady('db', 'no');
      expect(await look([api(), db])).toEqual([]);
      expect(told).toMatchObject([{ why: 'is not ready' }]);
      makeReady('db', 'yes');
      expect(await look([api(), db])).toEqual(['apply configmaps ns/api']);
      expect(await look([api(), db])).toEqual([]);
      expect(bench.thing().status?.waiting).toBeUndefined();
    });

    it('go on being updated when those before them are broken, so that a revert can be applied', async () => {
      await look([db]);
      makeReady('db', 'yes');
      await look([api(), db]);
      makeReady('db', 'no');
      expect(await look([api({}, '2'), db])).toEqual(['apply configmaps ns/api']);
    });

    it('are updated in that order too where it is wanted', async () => {
      await look([db]);
      makeReady('db', 'yes');
      await look([api({ orderUpdates: true }), db]);
      const changed = map('db', { readyWhen: isReady }, '2');
      expect(await look([api({ orderUpdates: true }, '2'), changed])).toEqual(['apply configmaps ns/db']);
      expect(told).toMatchObject([{ verb: 'update', why: 'is not as wanted yet' }]);
      expect(await look([api({ orderUpdates: true }, '2'), changed])).toEqual(['apply configmaps ns/api']);
    });

    it('are deleted the other way round, each when those after it are really gone', async () => {
      await look([db]);
      makeReady('db', 'yes');
      await look([api(), db]);
      // The finalizer of somebody else keeps it going for a while.
      expect(await look([])).toEqual(['delete configmaps ns/api']);
      bench.put(configMaps, mapKey('api'), {
        metadata: {
          ownerReferences: bench.get(configMaps, mapKey('db'))?.metadata?.ownerReferences ?? [],
          annotations: { 'example.com/after': 'configmaps ns/db' },
          deletionTimestamp: '2030-01-01T00:40:00Z',
        },
      });
      expect(await look([])).toEqual([]);
      expect(told).toMatchObject([
        {
          verb: 'delete',
          key: { name: 'db' },
          on: { key: { name: 'api' } },
          since: Date.UTC(2030, 0, 1, 0, 40),
        },
      ]);
      bench.remove(configMaps, mapKey('api'));
      expect(await look([])).toEqual(['delete configmaps ns/db']);
    });

    it('name the circle when there is one, and what is not in the plan', async () => {
      const ref = (name: string) => ({ resource: configMaps, name });
      await expect(
        look([
          map('a', { after: [ref('b')] }),
          map('b', { after: [ref('c')] }),
          map('c', { after: [ref('b')] }),
        ]),
      ).rejects.toThrow(
        'children wait for each other: configmaps ns/b -> configmaps ns/c -> configmaps ns/b',
      );
      await expect(look([map('a', { after: [ref('x')] })])).rejects.toThrow(
        'configmaps ns/x, which is not in the plan',
      );
      await expect(look([map('a'), map('a')])).rejects.toThrow('configmaps ns/a is wanted twice');
      expect(bench.kube.objects.size).toBe(1);
    });
  });

  it('are ready by the rules of kstatus where nothing else is said', () => {
    const set = (observedGeneration: number) =>
      ({
        kind: 'StatefulSet',
        apiVersion: 'apps/v1',
        metadata: { name: 's', generation: 2 },
        spec: { replicas: 1 },
        status: { observedGeneration, replicas: 1, readyReplicas: 1, currentReplicas: 1, updatedReplicas: 1 },
      }) as KubeObject;
    expect(isCurrent(set(1))).toBe(false);
    expect(isCurrent(set(2))).toBe(true);
  });

  it('are deleted when their kind says that they may, asked once more of the live one', async () => {
    await look([map('a')]);
    const deleteWhen = (live: KubeObject) => live.metadata?.annotations?.['empty'] === 'yes' || 'unknown';
    const guarded: Partial<ThingDefinition> = { owns: [{ resource: configMaps, deleteWhen }] };
    expect(await look([], guarded)).toEqual([]);
    expect(told).toMatchObject([{ verb: 'delete', why: 'may be deleted or not, nobody can say' }]);
    bench.change(configMaps, mapKey('a'), (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { empty: 'yes' } },
    }));
    expect(await look([], guarded)).toEqual(['delete configmaps ns/a']);
  });

  it('of one kind are gone before those of another are deleted where the kinds say so', async () => {
    const secret = child(resources.secrets, { metadata: { name: 's' } });
    const owns: ThingDefinition['owns'] = [
      { resource: resources.secrets },
      { resource: configMaps, goneBefore: [resources.secrets] },
    ];
    await look([map('a'), secret], { owns });
    expect(await look([], { owns })).toEqual(['delete configmaps ns/a']);
    expect(await look([], { owns })).toEqual(['delete secrets ns/s']);
  });

  it('that are still going are waited for, and made anew then', async () => {
    await look([map('a')]);
    bench.change(configMaps, mapKey('a'), (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2030-01-01T00:40:00Z' },
    }));
    expect(await look([map('a')])).toEqual([]);
    expect(told).toMatchObject([{ verb: 'create', why: 'is still going' }]);
  });

  describe('that are foreign', () => {
    const foreign = (annotations: Record<string, string> = {}, more: KubeObject = {}) =>
      bench.put(configMaps, mapKey('m'), {
        data: { data: 'theirs' },
        ...more,
        metadata: {
          ...more.metadata,
          annotations,
          managedFields: [{ manager: 'helm', operation: 'Update' }],
        },
      } as KubeObject);
    const adopting = map('m', { adopt: 'requested' });

    it('are left alone, with the way to have them taken over', async () => {
      foreign();
      await expect(look([adopting])).rejects.toThrow('annotate the Thing with example.com/adopt=ConfigMap/m');
      foreign({ 'example.com/adopt-into': bench.thing().metadata!.uid! });
      await expect(look([map('m')])).rejects.toThrow('exists already');
      expect(bench.get(configMaps, mapKey('m'))).toMatchObject({ data: { data: 'theirs' } });
    });

    it('are taken over when the object asks for it', async () => {
      foreign({ 'example.com/adopt-into': bench.thing().metadata!.uid! });
      expect(await look([adopting])).toEqual(['apply configmaps ns/m']);
      expect(bench.get(configMaps, mapKey('m'))).toMatchObject({
        data: { data: '1' },
        metadata: { ownerReferences: [{ kind: 'Thing', controller: true }] },
      });
      expect(bench.events).toContainEqual(
        'Normal Adopted: ConfigMap m was taken over on request; its fields were managed by helm',
      );
      expect(await look([adopting])).toEqual([]);
    });

    it('are taken over when the parent asks for it by name', async () => {
      foreign();
      bench.change(things, mapKey('t'), (thing) => ({
        ...thing,
        metadata: { ...thing.metadata, annotations: { 'example.com/adopt': 'Secret/x, ConfigMap/m' } },
      }));
      expect(await look([adopting])).toEqual(['apply configmaps ns/m']);
    });

    it('are never taken from another controller', async () => {
      const other = { apiVersion: 'v1', kind: 'Other', name: 'o', uid: 'o', controller: true };
      foreign(
        { 'example.com/adopt-into': bench.thing().metadata!.uid! },
        { metadata: { ownerReferences: [other] } },
      );
      await expect(look([adopting])).rejects.toThrow('belongs to Other o');
    });

    it('keep their contents when they are of a kind that is made once', async () => {
      foreign({ 'example.com/adopt-into': bench.thing().metadata!.uid! });
      await look([map('m', { adopt: 'requested', createOnly: true })]);
      const sent = bench.kube.requests.find(({ what }) => what === 'apply configmaps ns/m')?.body;
      expect(sent).not.toHaveProperty('data');
      expect(sent).toHaveProperty('metadata.ownerReferences');
    });
  });

  describe('elsewhere', () => {
    const outside = child(configMaps, { metadata: { name: 'm', namespace: 'other' }, data: { a: '1' } });
    const cluster = child(namespaces, { metadata: { name: 'made' } });
    const owns: ThingDefinition['owns'] = [
      { resource: configMaps, elsewhere: true },
      { resource: namespaces, elsewhere: true },
    ];

    it('are marked by label, after the finalizer is there, and pruned by it', async () => {
      expect(await look([outside, cluster], { owns })).toEqual([
        'patch things.example.com ns/t',
        'apply configmaps other/m',
        'apply namespaces made',
      ]);
      const made = bench.get(configMaps, mapKey('m', 'other'))!;
      expect(made.metadata).toMatchObject({
        labels: { 'example.com/parent-uid': bench.thing().metadata?.uid },
      });
      expect(made.metadata).not.toHaveProperty('ownerReferences');
      expect(parentKeyOf(things, made)).toEqual({ namespace: 'ns', name: 't' });
      expect(bench.thing().metadata?.finalizers).toEqual(['example.com/children']);
      expect(await look([outside, cluster], { owns })).toEqual([]);
      expect(await look([cluster], { owns })).toEqual(['delete configmaps other/m']);
      expect(await look([], { owns })).toEqual(['delete namespaces made']);
      expect(await look([], { owns })).toEqual(['patch things.example.com ns/t']);
      expect(bench.thing().metadata?.finalizers).toEqual([]);
    });

    it('are not ours by name: neither taken over nor pruned', async () => {
      bench.put(configMaps, mapKey('m', 'other'));
      await expect(look([outside], { owns })).rejects.toThrow('exists already');
      expect(await look([], { owns })).not.toContain('delete configmaps other/m');
    });

    it('have to be declared, and the parent cannot ask for them to be taken over', async () => {
      await expect(look([outside], { owns: [{ resource: configMaps }] })).rejects.toThrow('declare its kind');
      bench.put(configMaps, mapKey('m', 'other'));
      bench.change(things, mapKey('t'), (thing) => ({
        ...thing,
        metadata: { ...thing.metadata, annotations: { 'example.com/adopt': 'ConfigMap/m' } },
      }));
      const asking = { ...outside, adopt: 'requested' as const };
      await expect(look([asking], { owns })).rejects.toThrow('annotate it with example.com/adopt-into=');
    });
  });

  it('whose field another manager holds are left to it where that is wanted, and its name is told', async () => {
    await look([map('m')]);
    bench.kube.failNext(
      ({ what, path }) => what === 'apply configmaps ns/m' && !path.includes('force'),
      new (await import('../src/errors/index.ts')).OperatorError(
        'conflict',
        'apply configmaps ns/m: Apply failed with 1 conflict: conflict with "hpa": .data.data',
      ),
    );
    const { error } = await bench.look(owning([map('m', { conflicts: 'report' }, '2')]));
    expect(error?.message).toContain('conflict with "hpa": .data.data');
    expect(bench.thing().status?.note).toContain('FieldConflict');
  });

  it('that are lost to a race are no problem to tell of: it is looked at again', async () => {
    await look([map('m')]);
    bench.kube.failNext(
      ({ what }) => what === 'apply configmaps ns/m',
      new (await import('../src/errors/index.ts')).OperatorError('conflict', 'the object has been modified'),
    );
    const { error } = await bench.look(owning([map('m', {}, '2')]));
    expect(error).toMatchObject({ code: 'conflict' });
    expect(bench.thing().status?.note).toBeUndefined();
  });
});
