import { describe, expect, it } from '@jest/globals';
import { createCacheServer } from '../../test/cache-server.ts';
import { defineResource, resources, type ConfigMap, type KubeObject } from '../client/index.ts';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createInformerSet, type InformerSetOptions } from './informer-set.ts';
import { type Change } from './reflector-options.ts';

const { configMaps } = resources;

function setUp(options: Partial<InformerSetOptions> = {}) {
  const server = createCacheServer();
  const clock = createManualClock();
  const set = createInformerSet({ client: server.client, clock, random: createSeededRandom(1), ...options });
  const stop = new AbortController();
  const run = (): Promise<void> => set.run(stop.signal);
  const open = () => server.watches.filter(({ isOpen }) => isOpen);
  return { server, clock, set, stop, run, open };
}
const names = (objects: readonly KubeObject[]): (string | undefined)[] =>
  objects.map((each) => each.metadata?.name);

describe('a set of informers', () => {
  it('gives the same watch to all who want the same, until the last has given it back', async () => {
    const { server, clock, set, stop, run, open } = setUp();
    const [one, two] = [set.acquire({ resource: configMaps }), set.acquire({ resource: configMaps })];
    const other = set.acquire({ resource: configMaps, labelSelector: 'app=x' });
    const meta = set.acquire({ resource: configMaps, metadataOnly: true });
    const ended = run();
    server.write('a');
    await clock.advance(0);
    expect(open()).toHaveLength(3);
    expect(set.all().map(({ name }) => name)).toEqual([
      'configmaps',
      'configmaps (app=x)',
      'configmaps (metadata only)',
    ]);
    expect(one.informer.store.get('ns', 'a')).toBe(two.informer.store.get('ns', 'a'));
    one.release();
    one.release();
    await clock.advance(0);
    expect(open()).toHaveLength(3);
    two.release();
    other.release();
    await clock.advance(0);
    expect(open().map(({ options }) => options.metadataOnly)).toEqual([true]);
    meta.release();
    stop.abort();
    await clock.advance(0);
    await ended;
    expect(clock.pending()).toBe(0);
  });

  it('starts at once what is acquired while it runs', async () => {
    const { server, clock, set, stop, run } = setUp();
    const ended = run();
    server.write('a');
    await clock.advance(0);
    const { informer } = set.acquire({ resource: configMaps });
    await Promise.all([informer.waitForSync(stop.signal), clock.advance(0)]);
    expect(names(informer.store.all())).toEqual(['a']);
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('tells a late listener what exists, and no listener any more once it is removed or given back', async () => {
    const faults: unknown[] = [];
    const { server, clock, set, stop, run } = setUp({ onListenerError: ({ error }) => faults.push(error) });
    const early = set.acquire<ConfigMap>({ resource: configMaps });
    const late = set.acquire<ConfigMap>({ resource: configMaps });
    const heard: Record<string, string[]> = { early: [], late: [], removed: [] };
    const listen = (who: string) => (change: Change<ConfigMap>) =>
      heard[who]!.push(`${change.kind} ${change.object.metadata?.name}${change.initial ? ' initial' : ''}`);
    early.informer.onChange(() => {
      throw new Error('a broken listener');
    });
    early.informer.onChange(listen('early'));
    const ended = run();
    server.write('a');
    await clock.advance(0);
    server.write('b');
    await clock.advance(0);
    late.informer.onChange(listen('late'));
    const remove = early.informer.onChange(listen('removed'));
    remove();
    server.write('c');
    await clock.advance(0);
    late.release();
    server.remove('c');
    await clock.advance(0);
    expect(heard).toEqual({
      early: ['upsert a initial', 'upsert b', 'upsert c', 'delete c'],
      late: ['upsert a initial', 'upsert b initial', 'upsert c'],
      removed: ['upsert a initial', 'upsert b initial'],
    });
    expect(faults).toHaveLength(4);
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('finds by the indexes of each user, whoever shares the watch', async () => {
    const { server, clock, set, stop, run } = setUp();
    const byContent = set.acquire({
      resource: configMaps,
      indexes: { byContent: (map) => [map.data?.['content'] ?? ''] },
    });
    const ended = run();
    server.write('a', 'x');
    server.write('b', 'y');
    await clock.advance(0);
    const byLetter = set.acquire({
      resource: configMaps,
      indexes: { byContent: (map: ConfigMap) => [map.metadata?.name ?? ''] },
    });
    server.write('a', 'y');
    await clock.advance(0);
    expect(names(byContent.informer.store.by('byContent', 'y')).sort()).toEqual(['a', 'b']);
    expect(names(byContent.informer.store.by('byContent', 'x'))).toEqual([]);
    expect(names(byLetter.informer.store.by('byContent', 'a'))).toEqual(['a']);
    expect(set.all()).toHaveLength(1);
    expect(() => byContent.informer.store.by('other' as never, 'a')).toThrow('configmaps has no index other');
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('watches each namespace by itself, and lets namespaces come and go', async () => {
    const { server, clock, set, stop, run, open } = setUp({ namespaces: ['ns', 'b'] });
    const { informer } = set.acquire({ resource: configMaps, labelSelector: 'app=x' });
    const fixed = set.acquire({
      resource: configMaps,
      scopes: [{ namespace: 'ns' }, { namespace: 'c', labelSelector: 'own=1' }],
      labelSelector: 'app=x',
    });
    const wide = set.acquire({ resource: resources.nodes });
    const ended = run();
    server.write('a');
    await clock.advance(0);
    const watched = () =>
      open()
        .map(({ options }) => `${options.namespace ?? ''}:${options.labelSelector ?? ''}`)
        .sort();
    expect(watched()).toEqual([':', 'b:app=x', 'c:own=1', 'ns:app=x', 'ns:app=x']);
    const heard: string[] = [];
    informer.onChange(({ kind }) => heard.push(kind));
    set.removeNamespace('ns');
    set.addNamespace('d');
    await clock.advance(0);
    expect(watched()).toEqual([':', 'b:app=x', 'c:own=1', 'd:app=x', 'ns:app=x']);
    // Nothing was deleted. What is looked at no longer is not there, and holds up nobody.
    expect(heard).not.toContain('delete');
    expect(informer.store.get('ns', 'a')).toBeUndefined();
    expect(informer.hasSeen('ns', '999999', 0)).toBe(true);
    set.removeNamespace('b');
    set.removeNamespace('d');
    await clock.advance(0);
    expect(watched()).toEqual([':', 'c:own=1', 'ns:app=x']);
    expect(set.acquire({ resource: configMaps, labelSelector: 'app=y' }).informer.store.all()).toEqual([]);
    expect(() => set.acquire({ resource: configMaps, scopes: [{}, { namespace: 'a' }] })).toThrow(
      'all namespaces cannot be watched beside single ones',
    );
    fixed.release();
    wide.release();
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('answers the write barrier by version, and by epoch when the server was restored', async () => {
    const { server, clock, set, stop, run } = setUp();
    const { informer } = set.acquire({ resource: configMaps });
    const ended = run();
    const restore = server.snapshot();
    await clock.advance(0);
    const epoch = informer.epoch('ns');
    const { metadata } = server.write('a');
    const version = metadata!.resourceVersion!;
    expect(informer.hasSeen('ns', version, epoch)).toBe(false);
    await clock.advance(0);
    expect(informer.hasSeen('ns', version, epoch)).toBe(true);
    const lost = String(server.version() + 5);
    for (let index = 0; index < 4; index++) server.write(`b-${index}`);
    server.watches.at(-1)!.hush();
    restore();
    expect(informer.hasSeen('ns', lost, epoch)).toBe(false);
    await clock.advance(30_000);
    expect(informer.epoch('ns')).toBe(epoch + 1);
    expect(informer.hasSeen('ns', lost, epoch)).toBe(true);
    expect(informer.hasSeen('ns', lost, epoch + 1)).toBe(false);
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('names who is blocked, lets the others go on, and looks again when another gets on', async () => {
    const missing = defineResource<KubeObject>('x.example.com', 'v1', 'X', 'xs');
    const { server, clock, set, stop, run } = setUp();
    const { client } = server;
    let isThere = false;
    const guard =
      <A extends unknown[], R>(call: (resource: { plural: string }, ...rest: A) => Promise<R>) =>
      (resource: { plural: string }, ...rest: A): Promise<R> =>
        resource.plural === 'xs' && !isThere
          ? Promise.reject(new OperatorError('not-found', '404 page not found', { httpStatus: 404 }))
          : call(resource, ...rest);
    Object.assign(client, { list: guard(client.list as never), watch: guard(client.watch as never) });
    const { informer: blocked } = set.acquire({ resource: missing });
    const { informer } = set.acquire({ resource: configMaps });
    const ended = run();
    await clock.advance(600_000);
    expect(informer.hasSynced()).toBe(true);
    expect(set.hasSynced()).toBe(false);
    expect(blocked.health()).toEqual([
      {
        name: 'xs.x.example.com',
        health: {
          synced: false,
          silentMs: undefined,
          problem: 'missing-kind',
          failing: expect.stringContaining('install its CustomResourceDefinition xs.x.example.com'),
        },
      },
    ]);
    isThere = true;
    await clock.advance(10);
    expect(blocked.hasSynced()).toBe(false);
    // Such as a change of a CustomResourceDefinition.
    set.acquire({ resource: resources.customResourceDefinitions });
    await clock.advance(10);
    expect(blocked.hasSynced()).toBe(true);
    stop.abort();
    await clock.advance(0);
    await ended;
  });

  it('gives up waiting with the signal', async () => {
    const { set } = setUp();
    const { informer } = set.acquire({ resource: configMaps });
    await expect(informer.waitForSync(AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
    const later = new AbortController();
    const waiting = set.waitForSync(later.signal);
    later.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
  });
});
