import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  canRunControlPlane,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import { connect, loadKubeConfig, resources, type ConfigMap, type KubeClient } from '../src/client/index.ts';
import { createInformerSet } from '../src/cache/index.ts';
import { systemClock, systemRandom } from '../src/clock/index.ts';

/** An etcd that is put back to a backup while informers watch: what they hold has to follow. */
const canRun = await canRunControlPlane('The cache of a restored etcd');

const { configMaps } = resources;

(canRun ? describe : describe.skip)('informers of a server whose etcd is restored', () => {
  let dir: string;
  let plane: ControlPlane | undefined;
  let current: KubeClient;
  const backup = (): string => join(dir, 'backup');
  const data = (): string => join(dir, 'plane', 'etcd');
  const stop = new AbortController();
  let ended: Promise<void> | undefined;

  async function startPlane(): Promise<void> {
    plane = await startControlPlane({ dir: join(dir, 'plane') });
    current = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'test' });
  }
  async function stopPlane(): Promise<void> {
    await current.close();
    await plane?.stop();
    plane = undefined;
  }
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'restored-etcd-'));
    await startPlane();
  }, 600_000);
  afterAll(async () => {
    stop.abort();
    await ended;
    await stopPlane();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  it('take its contents, raise the epoch and let go of barriers of the lost time', async () => {
    const write = (name: string, text: string): Promise<ConfigMap> =>
      current.apply(configMaps, { metadata: { namespace: 'default', name }, data: { text } });
    await write('kept', 'before the backup');
    await write('removed-later', 'before the backup');
    await stopPlane();
    await cp(data(), backup(), { recursive: true });
    await startPlane();

    // The API server's address changes with each start; the informers' client goes where it is.
    const client: KubeClient = {
      ...current,
      list: (resource, options) => current.list(resource, options),
      watch: (resource, options) => current.watch(resource, options),
    };
    const epochs: { epoch: number; from: string; to: string }[] = [];
    const set = createInformerSet({
      client,
      clock: systemClock,
      random: systemRandom,
      onEpoch: ({ name, epoch, from, to }) => {
        if (name === 'configmaps') epochs.push({ epoch, from, to });
      },
    });
    const { informer } = set.acquire({ resource: configMaps, scopes: [{ namespace: 'default' }] });
    const told = new Map<string, string | undefined>();
    informer.onChange(({ kind, object }) => {
      const name = object.metadata?.name ?? '';
      if (kind === 'delete') told.delete(name);
      else told.set(name, object.data?.['text']);
    });
    ended = set.run(stop.signal);
    // More than a starting API server writes by itself.
    for (let turn = 0; turn < 600; turn++) await write('lost', String(turn));
    await current.delete(configMaps, { namespace: 'default', name: 'removed-later' });
    const last = await write('kept', 'after the backup');
    const version = last.metadata!.resourceVersion!;
    const epoch = informer.epoch('default');
    await until('the informer has it all', () => informer.hasSeen('default', version, epoch));
    expect(Object.fromEntries(told)).toMatchObject({ lost: '599', kept: 'after the backup' });

    await stopPlane();
    await rm(data(), { recursive: true });
    await cp(backup(), data(), { recursive: true });
    await startPlane();
    const written = await write('new', 'after the restore');
    expect(Number(written.metadata!.resourceVersion)).toBeLessThan(Number(version));
    await until('the informer has noticed', () => epochs.length === 1);
    const truth = async (): Promise<Record<string, string | undefined>> =>
      Object.fromEntries(
        (await current.list(configMaps, { namespace: 'default' })).items.map(({ metadata, data: held }) => [
          metadata?.name ?? '',
          held?.['text'],
        ]),
      );
    expect(Object.fromEntries(told)).toEqual(await truth());
    expect(told.get('lost')).toBeUndefined();
    expect(told.get('removed-later')).toBe('before the backup');
    expect(told.get('kept')).toBe('before the backup');
    expect(informer.epoch('default')).toBe(epoch + 1);
    // A write of the lost time is waited for no longer, one of the new time is.
    expect(informer.hasSeen('default', version, epoch)).toBe(true);
    expect(informer.hasSeen('default', version, epoch + 1)).toBe(false);
    await write('new', 'and once more');
    await until('changes come again', () => told.get('new') === 'and once more');
  }, 180_000);
});

const until = (what: string, isSo: () => boolean): Promise<void> =>
  eventually(
    what,
    () => {
      if (!isSo()) throw new Error('not yet');
    },
    60_000,
  );
