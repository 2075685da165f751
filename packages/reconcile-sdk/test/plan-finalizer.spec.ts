import { beforeEach, describe, expect, it } from '@jest/globals';
import { pathOf, resources } from '../src/client/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { child, drainFinalizers, formatPreview, type FinalPlan, type Answer } from '../src/plan/index.ts';
import {
  createBench,
  definitionOf,
  mapKey,
  things,
  type Bench,
  type ThingDefinition,
  type ThingStatus,
} from './plan-fixture.ts';

const name = 'example.com/buckets';
const thingKey = mapKey('t');

describe('a finalizer', () => {
  let bench: Bench;
  let bucket: Answer;
  let observeError: Error | undefined;
  beforeEach(() => {
    bench = createBench();
    bucket = true;
    observeError = undefined;
  });
  const definition = (
    onDeadline: 'release' | 'hold',
    final: Partial<FinalPlan<ThingStatus>> = {},
  ): ThingDefinition =>
    definitionOf([], {
      observe(thing) {
        if (observeError) throw observeError;
        return thing;
      },
      finalizer: {
        name,
        isNeeded: () => bucket,
        finalize: () => ({
          children: 'leave',
          status: { note: 'cleaning up' },
          done: bucket === 'unknown' ? 'unknown' : !bucket,
          leftBehind: 'bucket b',
          ...final,
        }),
        deadlineMs: 600_000,
        uninstallDeadlineMs: 60_000,
        onDeadline,
      },
    });
  const finalizers = () => bench.thing().metadata?.finalizers;
  /** As the API server does: marked, and kept while somebody holds it. */
  const markDeleted = (): void => {
    bench.change(things, thingKey, (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, deletionTimestamp: new Date(bench.now).toISOString() },
    }));
  };
  async function held(onDeadline: 'release' | 'hold' = 'release'): Promise<ThingDefinition> {
    const made = definition(onDeadline);
    await bench.look(made);
    expect(finalizers()).toEqual([name]);
    markDeleted();
    return made;
  }

  it('is there only while something is outside, and not for what is not known', async () => {
    bucket = 'unknown';
    await bench.look(definition('release'));
    expect(finalizers()).toBeUndefined();
    bucket = true;
    await bench.look(definition('release'));
    expect(finalizers()).toEqual([name]);
    bucket = 'unknown';
    expect((await bench.look(definition('release'))).writes).toEqual([]);
    expect(finalizers()).toEqual([name]);
    bucket = false;
    await bench.look(definition('release'));
    expect(finalizers()).toEqual([]);
  });

  it('keeps those of others, and is bound to what was seen', async () => {
    bench.change(things, thingKey, (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, finalizers: ['theirs'] },
    }));
    await bench.look(definition('release'));
    expect(finalizers()).toEqual(['theirs', name]);
    const patch = bench.kube.requests.find(({ what }) => what.startsWith('patch'));
    expect(patch?.body).toMatchObject({
      metadata: { uid: expect.any(String) as unknown, resourceVersion: expect.any(String) as unknown },
    });
  });

  it('goes when all is clean', async () => {
    const made = await held();
    expect((await bench.look(made)).result).toMatchObject({ requeueAfterMs: 30_000 });
    expect(bench.thing().status?.note).toBe('cleaning up');
    bucket = false;
    await bench.look(made);
    expect(finalizers()).toEqual([]);
  });

  it('never goes because something is not known, until its time is over; then it says what is left', async () => {
    const made = await held();
    bucket = 'unknown';
    bench.now += 599_000;
    expect((await bench.look(made)).result).toMatchObject({ requeueAfterMs: 1_000 });
    expect(finalizers()).toEqual([name]);
    bench.now += 1_000;
    await bench.look(made);
    expect(finalizers()).toEqual([]);
    expect(bench.events).toEqual([
      'Warning CleanUpGivenUp: let go although it could not be cleaned up in time; this may be left behind: bucket b',
    ]);
  });

  it('does not wedge on an outside that cannot even be looked at', async () => {
    const made = await held();
    observeError = new Error('S3 is gone');
    expect((await bench.look(made)).error?.message).toBe('S3 is gone');
    bench.now += 600_000;
    await bench.look(made);
    expect(finalizers()).toEqual([]);
    expect(bench.events.join()).toContain('(S3 is gone); this may be left behind');
  });

  it('holds on where that is wanted, and says so', async () => {
    const made = await held('hold');
    bench.now += 700_000;
    expect((await bench.look(made)).result).toMatchObject({ requeueAfterMs: 30_000 });
    expect(finalizers()).toEqual([name]);
    expect(bench.thing().status?.note).toContain(
      'FinalizerHeld: it is deleted but cannot be cleaned up in time: bucket b',
    );
    bucket = false;
    await bench.look(made);
    expect(finalizers()).toEqual([]);
  });

  it.each<[string, () => void]>([
    [
      'its CRD',
      () =>
        bench.put(
          resources.customResourceDefinitions,
          { name: 'things.example.com' },
          { metadata: { deletionTimestamp: '2030-01-01T01:00:00Z' } },
        ),
    ],
    [
      'its namespace',
      () =>
        bench.put(
          resources.namespaces,
          { name: 'ns' },
          { metadata: { deletionTimestamp: '2030-01-01T01:00:00Z' } },
        ),
    ],
    [
      'the installation, by annotation',
      () =>
        bench.change(things, thingKey, (thing) => ({
          ...thing,
          metadata: { ...thing.metadata, annotations: { 'example.com/uninstall': 'true' } },
        })),
    ],
  ])('goes soon when %s goes, even one that holds', async (_, uninstall) => {
    const made = await held('hold');
    uninstall();
    bench.now += 59_000;
    await bench.look(made);
    expect(finalizers()).toEqual([name]);
    bench.now += 1_000;
    await bench.look(made);
    expect(finalizers()).toEqual([]);
    expect(bench.events.join()).toContain('bucket b');
  });

  it('is not put back on an object that is marked for uninstalling', async () => {
    bench.change(things, thingKey, (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, annotations: { 'example.com/uninstall': 'true' } },
    }));
    await bench.look(definition('release'));
    expect(finalizers()).toBeUndefined();
  });

  it('of a kind with children elsewhere cleans those up first', async () => {
    const owns: ThingDefinition['owns'] = [{ resource: resources.configMaps, elsewhere: true }];
    const outside = definitionOf(
      [child(resources.configMaps, { metadata: { name: 'm', namespace: 'other' } })],
      { owns },
    );
    await bench.look(outside);
    markDeleted();
    bench.kube.failNext(({ method }) => method === 'DELETE', new OperatorError('unavailable', 'not now'));
    expect((await bench.look(outside)).error?.message).toBe('not now');
    expect(finalizers()).toEqual(['example.com/children']);
    expect((await bench.look(outside)).writes).toEqual([
      'delete configmaps other/m',
      'patch things.example.com ns/t',
    ]);
    expect(finalizers()).toEqual([]);
  });

  it('waits for children elsewhere that are still going, and for those that no cache knows yet', async () => {
    const owns: ThingDefinition['owns'] = [{ resource: resources.configMaps, elsewhere: true }];
    const key = mapKey('m', 'other');
    const outside = definitionOf(
      [child(resources.configMaps, { metadata: { name: 'm', namespace: 'other' } })],
      {
        owns,
      },
    );
    await bench.look(outside);
    markDeleted();
    bench.isCached = (path) => !path.includes('configmaps');
    expect((await bench.look(outside)).writes).toEqual([]);
    expect(finalizers()).toEqual(['example.com/children']);
    bench.isCached = () => true;
    bench.change(resources.configMaps, key, (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2030-01-01T01:00:00Z' },
    }));
    expect((await bench.look(outside)).writes).toEqual([]);
    expect(finalizers()).toEqual(['example.com/children']);
    bench.remove(resources.configMaps, key);
    await bench.look(outside);
    expect(finalizers()).toEqual([]);
  });

  it('lets nothing be made or deleted for an object that it does not hold', async () => {
    const outside = definitionOf([child(resources.configMaps, { metadata: { name: 'm' } })]);
    markDeleted();
    expect((await bench.look(outside)).writes).toEqual([]);
  });

  it('makes what cleaning up needs, only while it holds the live object', async () => {
    const job = child(resources.configMaps, { metadata: { name: 'job' } });
    await held();
    const made = definition('release', { children: [job] });
    const stale = structuredClone(bench.thing());
    expect((await bench.look(made)).writes).toContain('apply configmaps ns/job');
    bench.remove(resources.configMaps, mapKey('job'));
    // Somebody else took the finalizer off meanwhile: what is in the cache is no reason to make anything.
    bench.change(things, thingKey, (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, finalizers: [] },
    }));
    const live = structuredClone(bench.thing());
    bench.thing = () => stale;
    expect((await bench.look(made)).error).toMatchObject({ code: 'conflict' });
    expect(bench.get(resources.configMaps, mapKey('job'))).toBeUndefined();
    expect(live.metadata?.finalizers).toEqual([]);
  });

  it('is told in a preview, before it is added', async () => {
    expect(formatPreview(await bench.preview(definition('release')))).toContain(
      `add-finalizer  Thing ns/t  ${name}`,
    );
  });

  it('is drained from all objects, whoever changes them meanwhile', async () => {
    for (const each of ['a', 'b', 'c']) {
      bench.put(things, mapKey(each), {
        metadata: { finalizers: each === 'b' ? ['theirs'] : ['theirs', name] },
      });
    }
    bench.kube.failNext(
      ({ what }) => what === 'patch things.example.com ns/a',
      new OperatorError('conflict', 'the object has been modified'),
    );
    const { drained, failed } = await drainFinalizers({
      client: bench.kube.client,
      resource: things,
      finalizer: name,
      namespaces: ['ns'],
      signal: new AbortController().signal,
    });
    expect(failed).toEqual([]);
    expect(drained.map((key) => key.name)).toEqual(['a', 'c']);
    expect(bench.kube.objects.get(pathOf(things, mapKey('a')))?.metadata?.finalizers).toEqual(['theirs']);
  });
});
