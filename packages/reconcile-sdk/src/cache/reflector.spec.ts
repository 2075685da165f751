import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCacheServer, type CacheServer } from '../../test/cache-server.ts';
import { compareResourceVersions, resources, type ConfigMap } from '../client/index.ts';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createReflector } from './reflector.ts';
import { type Change, type ReflectorOptions } from './reflector-options.ts';

function setUp(
  options: Partial<ReflectorOptions<ConfigMap>> = {},
  server: CacheServer = createCacheServer(),
) {
  const clock = createManualClock();
  const changes: Change<ConfigMap>[] = [];
  const failures: string[] = [];
  const restarts: string[] = [];
  const epochs: number[] = [];
  const faults: unknown[] = [];
  const reflector = createReflector<ConfigMap>({
    client: server.client,
    resource: resources.configMaps,
    namespace: 'ns',
    clock,
    random: createSeededRandom(1),
    onChange: (change) => changes.push(change),
    onFailure: (error) => failures.push(error.code),
    onRestart: (reason) => restarts.push(reason),
    onEpoch: (epoch) => epochs.push(epoch),
    onFault: (error) => faults.push(error),
    ...options,
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  const told = (): string[] => changes.map(({ kind, object }) => `${kind} ${object.metadata?.name}`);
  const contents = (): Record<string, string | undefined> =>
    Object.fromEntries(
      reflector.store.all().map(({ metadata }) => [metadata!.name!, metadata?.resourceVersion]),
    );
  const truth = (): Record<string, string | undefined> =>
    Object.fromEntries([...server.objects].map(([name, { metadata }]) => [name, metadata?.resourceVersion]));
  const end = async (): Promise<void> => {
    stop.abort();
    await clock.advance(0);
    await running;
    expect(clock.pending()).toBe(0);
  };
  return {
    server,
    clock,
    changes,
    told,
    failures,
    restarts,
    epochs,
    faults,
    reflector,
    contents,
    truth,
    end,
  };
}

describe('a reflector', () => {
  it('has the contents streamed, then follows the same watch and its bookmarks', async () => {
    const { server, clock, changes, told, reflector, end } = setUp();
    server.write('a');
    await clock.advance(0);
    expect(reflector.hasSynced()).toBe(true);
    server.write('b');
    server.bookmark();
    server.remove('b');
    await clock.advance(0);
    expect(told()).toEqual(['upsert a', 'upsert b', 'delete b']);
    expect(changes.map(({ initial }) => initial)).toEqual([true, false, false]);
    expect(reflector.seen()).toBe(String(server.version()));
    expect(reflector.counts()).toEqual({ lists: 1, watches: 1, restarts: 0, events: 3 });
    expect(server.watches[0]?.options).toMatchObject({
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    await end();
  });

  it('takes pages from a server that does not stream contents, and does not ask it again', async () => {
    const server = createCacheServer();
    server.streams = false;
    for (let index = 0; index < 7; index++) server.write(`o-${index}`);
    const { clock, failures, reflector, contents, truth, end } = setUp({ pageSize: 3 }, server);
    await clock.advance(0);
    expect(contents()).toEqual(truth());
    expect(server.lists.map(({ continue: token }) => token !== undefined)).toEqual([false, true, true]);
    server.compact();
    server.watches[0]!.event('ERROR', { code: 410 });
    await clock.advance(60_000);
    expect(server.watches).toHaveLength(2);
    expect(server.watches.every(({ options }) => !options.sendInitialEvents)).toBe(true);
    expect(failures).toEqual(['gone']);
    expect(reflector.hasSynced()).toBe(true);
    await end();
  });

  it('takes pages from a server that never ends the contents', async () => {
    const server = createCacheServer();
    server.write('a');
    server.holdsContents = true;
    const { clock, contents, truth, end } = setUp({}, server);
    await clock.advance(0);
    server.watches[0]!.event('ADDED', server.objects.get('a')!);
    await clock.advance(9_999);
    expect(contents()).toEqual({});
    await clock.advance(1);
    expect(contents()).toEqual(truth());
    await end();
  });

  it('takes pages from a server whose bookmark says nothing of the contents', async () => {
    const server = createCacheServer();
    server.write('a');
    server.holdsContents = true;
    const { clock, contents, truth, end } = setUp({}, server);
    await clock.advance(0);
    server.watches[0]!.event('BOOKMARK', { metadata: { resourceVersion: '101' } });
    await clock.advance(0);
    expect(contents()).toEqual(truth());
    await end();
  });

  it('shows nothing of contents that are not complete', async () => {
    const { server, clock, told, reflector, contents, truth, end } = setUp();
    server.write('a');
    await clock.advance(0);
    server.write('b');
    await clock.advance(0);
    // What happens from here on is only in the next contents.
    server.watches[0]!.cut();
    server.remove('a');
    server.write('c');
    server.compact();
    server.holdsContents = true;
    await clock.advance(5_000);
    const half = server.watches.at(-1)!;
    expect(half.options.sendInitialEvents).toBe(true);
    half.event('ADDED', server.objects.get('c')!);
    await clock.advance(0);
    expect(Object.keys(contents())).toEqual(['a', 'b']);
    half.cut(true);
    await clock.advance(0);
    expect(Object.keys(contents())).toEqual(['a', 'b']);
    server.holdsContents = false;
    await clock.advance(30_000);
    expect(contents()).toEqual(truth());
    expect(told()).toEqual(['upsert a', 'upsert b', 'delete a', 'upsert c']);
    expect(reflector.counts().lists).toBe(3);
    await end();
  });

  it('begins the pages again when they expire half way', async () => {
    const server = createCacheServer();
    server.streams = false;
    for (let index = 0; index < 5; index++) server.write(`o-${index}`);
    let asked = 0;
    server.refusal = () => {
      // The stream that is refused, the first page, the second.
      if (++asked === 3) server.compact();
      return undefined;
    };
    const { clock, contents, truth, failures, end } = setUp({ pageSize: 2 }, server);
    await clock.advance(30_000);
    expect(failures).toEqual(['gone']);
    expect(contents()).toEqual(truth());
    await end();
  });

  it('takes a silent watch for dead, asks whether the server went back, and goes on from where it was', async () => {
    const { server, clock, restarts, reflector, end } = setUp();
    await clock.advance(0);
    server.watches[0]!.hush();
    await clock.advance(69_000);
    expect(server.watches).toHaveLength(1);
    await clock.advance(1_000);
    expect(server.watches).toHaveLength(2);
    expect(server.watches[1]?.options.resourceVersion).toBe(reflector.seen());
    expect(server.lists).toEqual([expect.objectContaining({ limit: 1, metadataOnly: true })]);
    expect(restarts).toEqual(['stalled']);
    // The first try is a short one, in case that no connection is alive.
    expect(server.watches.map(({ options }) => options.timeoutMs)).toEqual([10_000, 5_000]);
    server.watches[1]!.cut();
    await clock.advance(1_000);
    expect(server.watches.at(-1)?.options.timeoutMs).toBe(10_000);
    await end();
  });

  it('never takes it for dead without the watchdog', async () => {
    const { server, clock, end } = setUp({ stallMs: Infinity });
    await clock.advance(0);
    server.watches[0]!.hush();
    await clock.advance(600_000);
    expect(server.watches).toHaveLength(1);
    await end();
  });

  it('finds by fresh contents what a 410 made it miss', async () => {
    const { server, clock, told, end } = setUp();
    server.write('gone');
    await clock.advance(0);
    server.watches[0]!.hush();
    server.remove('gone');
    server.write('new');
    server.compact();
    await clock.advance(70_000);
    expect(told()).toEqual(['upsert gone', 'delete gone', 'upsert new']);
    await end();
  });

  it('goes on after broken connections, nonsense and refusals, and says why it fails', async () => {
    const { server, clock, failures, restarts, reflector, contents, truth, end } = setUp();
    await clock.advance(0);
    server.watches[0]!.cut(true);
    await clock.advance(0);
    expect(reflector.health()).toMatchObject({
      problem: 'unreachable',
      failing: expect.stringContaining('configmaps'),
    });
    await clock.advance(5_000);
    server.watches.at(-1)!.line('{"type":"ADDED","object":');
    await clock.advance(5_000);
    server.watches.at(-1)!.line('{"type":"EXPLODED","object":{"metadata":{"name":"x"}}}');
    await clock.advance(5_000);
    server.refusal = () => new OperatorError('unavailable', 'no');
    server.watches.at(-1)!.end();
    await clock.advance(10_000);
    server.refusal = undefined;
    server.write('late');
    await clock.advance(30_000);
    expect(restarts.slice(0, 3)).toEqual(['other', 'data', 'data']);
    expect(new Set(failures)).toEqual(new Set(['network', 'bad-response', 'unavailable']));
    expect(reflector.health().failing).toBeUndefined();
    expect(contents()).toEqual(truth());
    await end();
  });

  it('says what to do about a missing right and a missing kind, and looks soon when it is told to', async () => {
    const server = createCacheServer();
    const forbidden =
      'watch configmaps: configmaps is forbidden: User "system:serviceaccount:ops:pg" cannot list resource "configmaps" in API group "" in the namespace "ns"';
    server.refusal = () => new OperatorError('forbidden', forbidden, { httpStatus: 403 });
    const { clock, reflector, failures, end } = setUp({}, server);
    await clock.advance(0);
    expect(reflector.health().problem).toBe('missing-rights');
    expect(reflector.health().failing).toContain(
      'may not list configmaps: grant verbs list and watch on configmaps of the core API group in namespace ns to service account ops/pg',
    );
    await clock.advance(600_000);
    const before = failures.length;
    expect(before).toBeGreaterThan(20);
    await clock.advance(300_000);
    // Not more often than every 27 to 30 s.
    expect(failures.length - before).toBeLessThanOrEqual(12);
    server.refusal = () => new OperatorError('not-found', '404 page not found', { httpStatus: 404 });
    reflector.nudge();
    await clock.advance(0);
    expect(reflector.health()).toMatchObject({
      problem: 'missing-kind',
      failing: expect.stringContaining('install its CustomResourceDefinition'),
    });
    server.refusal = undefined;
    reflector.nudge();
    await clock.advance(0);
    expect(reflector.hasSynced()).toBe(true);
    expect(reflector.health().failing).toBeUndefined();
    await end();
  });

  it('waits for a server that is behind', async () => {
    const { server, clock, reflector, failures, end } = setUp();
    await clock.advance(0);
    const message = 'Timeout: Too large resource version: 200, current: 100';
    server.refusal = () => new OperatorError('timeout', message, { httpStatus: 504, retryAfterMs: 1_000 });
    server.watches[0]!.event('ERROR', {
      code: 504,
      reason: 'Timeout',
      message,
      details: { retryAfterSeconds: 1 },
    });
    await clock.advance(10_000);
    server.refusal = undefined;
    await clock.advance(30_000);
    expect(new Set(failures)).toEqual(new Set(['timeout']));
    expect(reflector.counts().lists).toBe(1);
    await end();
  });

  it('takes the contents of a restored server, versions and all, and raises the epoch', async () => {
    const { server, clock, reflector, epochs, contents, truth, end } = setUp();
    server.write('kept');
    const restore = server.snapshot();
    server.write('same-version', 'of the old time');
    server.write('lost');
    await clock.advance(0);
    const version = reflector.seen();
    restore();
    server.write('same-version', 'of the new time');
    await clock.advance(30_000);
    expect(epochs).toEqual([1]);
    expect(contents()).toEqual(truth());
    expect(reflector.store.get('ns', 'same-version')?.data).toEqual({ content: 'of the new time' });
    expect(reflector.epoch()).toBe(1);
    expect(reflector.contains(version)).toBe(false);
    server.write('new');
    await clock.advance(0);
    expect(contents()).toEqual(truth());
    await end();
  });

  it.each(['ADDED', 'BOOKMARK'])('notices a server that went back by its %s', async (type) => {
    const { server, clock, restarts, epochs, reflector, end } = setUp();
    server.write('a');
    await clock.advance(0);
    server.watches[0]!.event(type, {
      metadata: { namespace: 'ns', name: 'b', uid: 'b', resourceVersion: '50' },
    });
    await clock.advance(0);
    expect(restarts).toEqual(['back']);
    expect(reflector.store.size()).toBe(1);
    // It had not, as the fresh contents show.
    expect(epochs).toEqual([]);
    await end();
  });

  it('goes on when a listener throws', async () => {
    const { server, clock, faults, reflector, end } = setUp({
      onChange() {
        throw new Error('listener');
      },
    });
    server.write('a');
    await clock.advance(0);
    server.write('b');
    await clock.advance(0);
    expect(faults).toHaveLength(2);
    expect(reflector.store.size()).toBe(2);
    await end();
  });

  it('goes on when whoever is told of anything throws', async () => {
    const broken = (): void => {
      throw new Error('broken');
    };
    const { server, clock, reflector, contents, truth, end } = setUp({
      onChange: broken,
      onAdvance: broken,
      onFailure: broken,
      onRecovered: broken,
      onRestart: broken,
      onEpoch: broken,
      onFault: broken,
    });
    const restore = server.snapshot();
    server.write('a');
    await clock.advance(0);
    server.watches[0]!.cut();
    await clock.advance(30_000);
    server.write('b');
    server.write('c');
    await clock.advance(0);
    restore();
    await clock.advance(30_000);
    expect(reflector.epoch()).toBe(1);
    expect(contents()).toEqual(truth());
    await end();
  });

  it('has seen what came together with an error', async () => {
    const { server, clock, reflector, end } = setUp();
    await clock.advance(0);
    const last = { metadata: { namespace: 'ns', name: 'a', uid: 'a', resourceVersion: '101' } };
    const lines = [
      { type: 'ADDED', object: last },
      { type: 'ERROR', object: { code: 500, message: 'etcd is away' } },
    ];
    server.watches[0]!.part(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await clock.advance(0);
    expect(reflector.contains('101')).toBe(true);
    expect(reflector.health().problem).toBe('server');
    await end();
  });

  it('loses nothing and never goes back, whatever fails', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), name }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom(
            ...([
              'bookmark',
              'cut',
              'cut-mid-line',
              'end',
              'end-mid-line',
              'garbage',
              'hush',
              'gone',
            ] as const),
            ...([
              'compact',
              'too-large',
              'restore',
              'deaf',
              'hear',
              'refuse',
              'allow',
              'no-streams',
            ] as const),
          ),
          name,
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('wait' as const),
          name,
          ms: fc.integer({ min: 0, max: 90_000 }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (script) => {
        const { server, clock, changes, reflector, epochs, contents, truth, end } = setUp({ pageSize: 2 });
        const mirror = new Map<string, string>();
        const newest = new Map<string, string>();
        let read = 0;
        let epochsRead = 0;
        const follow = (): void => {
          if (epochs.length > epochsRead) {
            epochsRead = epochs.length;
            newest.clear();
          }
          for (; read < changes.length; read++) {
            const { kind, object } = changes[read]!;
            const { name: of = '', resourceVersion: version = '' } = object.metadata ?? {};
            if (kind === 'delete') {
              expect(mirror.delete(of)).toBe(true);
              continue;
            }
            expect(compareResourceVersions(version, newest.get(of) ?? '0')).toBeGreaterThan(0);
            newest.set(of, version);
            mirror.set(of, version);
          }
        };
        let written = 0;
        let restore: (() => void) | undefined;
        // A restored store that has passed what was seen before anybody looked cannot be told from one that was
        // never restored: etcd's way out is to restore with --bump-revision, which shows as a 410.
        let unnoticed: { seen: number; epochs: number } | undefined;
        const wouldHide = (): boolean =>
          unnoticed?.epochs === epochs.length && server.version() + 1 >= unnoticed.seen;
        for (const { do: what, name: of, ...rest } of script) {
          const latest = server.watches.at(-1);
          switch (what) {
            case 'write':
              if (!wouldHide()) server.write(of, String(written++));
              break;
            case 'remove':
              if (!wouldHide()) server.remove(of);
              break;
            case 'bookmark':
              server.bookmark();
              break;
            case 'cut':
            case 'cut-mid-line':
              latest?.cut(what === 'cut-mid-line');
              break;
            case 'end':
              latest?.end();
              break;
            case 'end-mid-line':
              latest?.part('{"type":"ADDED","object":{"metadata":{"name":"a"');
              latest?.end();
              break;
            case 'garbage':
              latest?.line('}{');
              break;
            case 'hush':
              latest?.hush();
              break;
            case 'gone':
              latest?.event('ERROR', { code: 410, message: 'too old' });
              break;
            case 'too-large':
              latest?.event('ERROR', { code: 504, message: 'Too large resource version' });
              break;
            case 'compact':
              server.compact();
              break;
            case 'restore':
              // To the state of the last time, as from a backup.
              if (!wouldHide()) {
                const seen = Math.max(Number(reflector.seen()), unnoticed?.seen ?? 0);
                restore?.();
                restore = server.snapshot();
                if (seen > server.version()) unnoticed = { seen, epochs: epochs.length };
              }
              break;
            case 'deaf':
              server.deaf = true;
              break;
            case 'hear':
              server.deaf = false;
              break;
            case 'refuse':
              server.refusal = () => new OperatorError('unavailable', 'no');
              break;
            case 'allow':
              server.refusal = undefined;
              break;
            case 'no-streams':
              server.streams = !server.streams;
              break;
            case 'wait':
              await clock.advance('ms' in rest ? rest.ms : 0);
          }
          if (what !== 'wait') await clock.advance(0);
          follow();
        }
        server.deaf = false;
        server.refusal = undefined;
        // A stall, the longest wait, and the time of one answer.
        await clock.advance(70_000 + 30_000 + 15_000);
        follow();
        expect(contents()).toEqual(truth());
        expect(Object.fromEntries(mirror)).toEqual(truth());
        for (const [of, object] of server.objects) {
          expect(reflector.store.get('ns', of)).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', ...object });
        }
        await end();
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});
