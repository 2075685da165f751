import { describe, expect, it } from '@jest/globals';
import { pathOf, resources, type ConfigMap } from '../src/client/index.ts';
import { child, refOf, type DesiredChild } from '../src/plan/index.ts';
import {
  createBench,
  definitionOf,
  mapKey,
  things,
  type Bench,
  type ThingDefinition,
} from './plan-fixture.ts';

const { configMaps, secrets, storageClasses } = resources;
const isReady = (live: ConfigMap): boolean => live.metadata?.annotations?.['ready'] === 'yes';

/** Children of all sorts: made once, in an order, elsewhere. */
function childrenOf(version: string): DesiredChild[] {
  const password = child(
    secrets,
    { metadata: { name: 'password' }, data: { p: version } },
    { createOnly: true },
  );
  const db = child(configMaps, { metadata: { name: 'db' }, data: { version } }, { readyWhen: isReady });
  const api = child(configMaps, { metadata: { name: 'api' }, data: { version } }, { after: [refOf(db)] });
  const cluster = child(storageClasses, { metadata: { name: 'c' }, provisioner: version });
  return version === '3' ? [password, db, cluster] : [api, db, password, cluster];
}
const definition = (version: string): ThingDefinition =>
  definitionOf(() => ({ children: childrenOf(version), status: { note: version } }), {
    owns: [
      { resource: configMaps },
      { resource: secrets, keep: true },
      { resource: storageClasses, elsewhere: true },
    ],
  });

interface Crash {
  at: number;
  when: 'before' | 'after';
}

/** Makes all, changes all, takes one away, then deletes the parent; every write may be the last of its process. */
async function live(crashes: readonly Crash[]): Promise<{ writes: number; made: string[]; ends: string[] }> {
  const bench = createBench();
  let writes = 0;
  let isDead = false;
  bench.onWrite = (when) => {
    if (isDead) throw new Error('dead');
    if (crashes.some((crash) => crash.at === writes && crash.when === when)) isDead = true;
    if (when === 'after') writes++;
    if (isDead) throw new Error('dead');
  };
  const made: string[] = [];
  async function rest(version: string): Promise<void> {
    for (let look = 0; look < 20; look++) {
      const before = new Set(bench.kube.objects.keys());
      const { error, writes: written } = await bench.look(definition(version));
      made.push(...[...bench.kube.objects.keys()].filter((path) => !before.has(path)));
      // The outside makes the database ready as soon as it exists.
      if (!isReadyNow(bench)) makeReady(bench);
      else if (!error && written.length === 0) return;
      if (isDead) writes++;
      isDead = false;
    }
    throw new Error(`no rest with ${version}`);
  }
  const ends: string[] = [];
  for (const version of ['1', '2', '3']) {
    await rest(version);
    ends.push(contents(bench));
  }
  bench.change(things, mapKey('t'), (thing) => ({
    ...thing,
    metadata: { ...thing.metadata, deletionTimestamp: '2030-01-01T01:00:00Z' },
  }));
  for (let look = 0; look < 20 && (bench.thing().metadata?.finalizers ?? []).length > 0; look++) {
    await bench.look(definition('3'));
    if (isDead) writes++;
    isDead = false;
  }
  ends.push(contents(bench));
  return { writes, made, ends };
}
const dbKey = mapKey('db');
const isReadyNow = (bench: Bench): boolean => {
  const db = bench.get(configMaps, dbKey);
  return db !== undefined && isReady(db);
};
function makeReady(bench: Bench): void {
  const path = pathOf(configMaps, dbKey);
  const db = bench.kube.objects.get(path);
  if (db) bench.kube.put(path, { ...db, metadata: { ...db.metadata, annotations: { ready: 'yes' } } });
}
const contents = (bench: Bench): string =>
  JSON.stringify(
    [...bench.kube.objects.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, { metadata, ...rest }]) => [
        path,
        rest,
        metadata?.finalizers,
        metadata?.ownerReferences?.length,
      ]),
  );

/** Dies while it makes its children; the parent is deleted before the next process looks. */
async function abandon(crash: Crash): Promise<string> {
  const bench = createBench();
  let writes = 0;
  let isDead = false;
  bench.onWrite = (when) => {
    if (isDead) throw new Error('dead');
    isDead = crash.at === writes && crash.when === when;
    if (when === 'after') writes++;
    if (isDead) throw new Error('dead');
  };
  await bench.look(definition('1'));
  isDead = false;
  delete bench.onWrite;
  const isHeld = (): boolean => (bench.thing().metadata?.finalizers ?? []).length > 0;
  // The API server keeps an object only for its finalizers.
  if (isHeld()) {
    bench.change(things, mapKey('t'), (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, deletionTimestamp: '2030-01-01T01:00:00Z' },
    }));
  }
  for (let look = 0; look < 10 && isHeld(); look++) await bench.look(definition('1'));
  return contents(bench);
}

describe('children, whatever write is the last of a process', () => {
  it('end as without a crash, and each is made once', async () => {
    const calm = await live([]);
    expect(calm.ends.at(-1)).not.toContain('storageclasses');
    expect(calm.ends.at(-1)).toContain('secrets/password');
    const points = Array.from({ length: calm.writes + 1 }, (_, at) => at).flatMap((at): Crash[] => [
      { at, when: 'before' },
      { at, when: 'after' },
    ]);
    const pairs = points.flatMap((one, index) => points.slice(index + 1).map((other) => [one, other]));
    for (const crashes of [...points.map((point) => [point]), ...pairs]) {
      const { made, ends } = await live(crashes);
      expect({ crashes, ends }).toEqual({ crashes, ends: calm.ends });
      expect({ crashes, made: made.toSorted() }).toEqual({ crashes, made: calm.made.toSorted() });
    }
    console.info(`${points.length + pairs.length} runs of ${calm.writes} writes`);
  }, 60_000);

  it('elsewhere are not left behind when the parent goes before the next process looks', async () => {
    for (let at = 0; at < 6; at++) {
      for (const when of ['before', 'after'] as const) {
        expect(await abandon({ at, when })).not.toContain('storageclasses');
      }
    }
  });
});
