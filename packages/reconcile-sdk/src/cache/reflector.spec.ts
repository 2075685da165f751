import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { resources, type ConfigMap } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createKubeDouble } from '../../test/kube-double.ts';
import { createReflector } from './reflector.ts';

function setUp() {
  const kube = createKubeDouble();
  const clock = createManualClock();
  const changes: string[] = [];
  const failures: string[] = [];
  const reflector = createReflector<ConfigMap>({
    client: kube.client,
    resource: resources.configMaps,
    namespace: 'ns',
    clock,
    random: createSeededRandom(1),
    onChange: ({ kind, object }) => changes.push(`${kind} ${object.metadata?.name}`),
    onFailure: (error) => failures.push(error.code),
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  const path = (name: string): string => `/api/v1/namespaces/ns/configmaps/${name}`;
  const end = async (): Promise<void> => {
    stop.abort();
    await clock.advance(0);
    await running;
  };
  return { kube, clock, changes, failures, reflector, path, end };
}

describe('a reflector', () => {
  it('lists, then follows the watch and its bookmarks', async () => {
    const { kube, clock, changes, reflector, path, end } = setUp();
    kube.put(path('a'), { metadata: { namespace: 'ns', name: 'a' } });
    await clock.advance(0);
    expect(reflector.hasSynced()).toBe(true);
    kube.watches[0]!.push({
      type: 'ADDED',
      object: { metadata: { namespace: 'ns', name: 'b', uid: 'b', resourceVersion: '200' } },
    });
    kube.watches[0]!.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '300' } } });
    kube.watches[0]!.push({
      type: 'DELETED',
      object: { metadata: { namespace: 'ns', name: 'b', uid: 'b', resourceVersion: '301' } },
    });
    await clock.advance(0);
    expect(changes).toEqual(['upsert a', 'upsert b', 'delete b']);
    expect(reflector.seen()).toBe('301');
    await end();
  });

  it('takes a silent watch for dead and opens another from where it was', async () => {
    const { kube, clock, reflector, end } = setUp();
    await clock.advance(0);
    await clock.advance(70_000);
    expect(kube.watches.length).toBe(2);
    expect(reflector.counts()).toEqual({ lists: 1, watches: 2 });
    await end();
  });

  it('finds by a fresh list what a 410 made it miss', async () => {
    const { kube, clock, changes, path, end } = setUp();
    kube.put(path('gone'), { metadata: { namespace: 'ns', name: 'gone' } });
    await clock.advance(0);
    kube.objects.clear();
    kube.put(path('new'), { metadata: { namespace: 'ns', name: 'new' } });
    kube.watches[0]!.push({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } });
    await clock.advance(0);
    expect(changes).toEqual(['upsert gone', 'delete gone', 'upsert new']);
    await end();
  });

  it('goes on after broken connections, forbidden lists and bad lines, and says why it fails', async () => {
    const { kube, clock, failures, reflector, end } = setUp();
    await clock.advance(0);
    kube.watches[0]!.fail(new Error('ECONNRESET'));
    await clock.advance(0);
    expect(reflector.health().failing).toContain('ECONNRESET');
    await clock.advance(60_000);
    const second = kube.watches.at(-1)!;
    expect(kube.watches.length).toBe(2);
    second.push({ type: 'ERROR', object: { code: 410 } });
    kube.failNext(({ what }) => what.startsWith('list'), new OperatorError('forbidden', 'no rights'));
    await clock.advance(60_000);
    expect(failures).toEqual(['network', 'gone', 'forbidden']);
    expect(reflector.counts().lists).toBe(3);
    expect(reflector.health().failing).toBeUndefined();
    await end();
  });
});
