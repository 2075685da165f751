import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@stateful/local-cluster';
import {
  connect,
  createLogger,
  createManager,
  createSeededRandom,
  resources,
  systemClock,
  type KubeClient,
} from '@stateful/reconcile-sdk';
import { createApiServer, type Listening } from '../src/api-server/index.ts';
import { installRotas, rotaPlan, rotas } from './operator/rota.ts';

const { configMaps } = resources;

describe('the in-process server over HTTP', () => {
  let listening: Listening;
  let client: KubeClient;
  beforeAll(async () => {
    listening = await createApiServer({ clock: systemClock, random: createSeededRandom(3) }).listen();
    client = connect({ config: { server: listening.url, namespace: 'default' }, fieldManager: 'test' });
  });
  afterAll(async () => {
    await client.close();
    await listening.close();
  });
  const key = { namespace: 'default', name: 'a' };

  it("serves the SDK's own client", async () => {
    await client.create(configMaps, { metadata: key, data: { k: '1' } });
    await expect(client.create(configMaps, { metadata: key })).rejects.toMatchObject({
      code: 'already-exists',
    });
    expect((await client.list(configMaps, { namespace: 'default' })).items).toHaveLength(1);
    const stop = new AbortController();
    const body = await client.watch(configMaps, {
      namespace: 'default',
      timeoutSeconds: 10,
      signal: stop.signal,
    });
    for await (const chunk of body) {
      expect(JSON.parse(chunk.toString('utf8'))).toMatchObject({
        type: 'ADDED',
        object: { data: { k: '1' } },
      });
      break;
    }
    stop.abort();
    await client.delete(configMaps, key);
  });

  it('tells what it serves, and refuses what it cannot read', async () => {
    const groups = (await (await fetch(`${listening.url}/apis`)).json()) as { groups: { name: string }[] };
    expect(groups.groups.map(({ name }) => name)).toContain('apps');
    const answer = await fetch(`${listening.url}/api/v1/namespaces/default/configmaps`, {
      method: 'POST',
      body: 'not JSON',
    });
    expect(answer.status).toBe(415);
  });

  it('serves a whole manager, with its Lease', async () => {
    await installRotas(client);
    await client.create(rotas, { metadata: key, spec: { team: 'blue' } });
    const manager = createManager({
      name: 'rota-operator',
      identity: 'one',
      config: { server: listening.url, namespace: 'default' },
      log: createLogger({ name: 'test', destination: { write: () => undefined } }),
      election: { namespace: 'default', thread: false },
    });
    manager.addPlan(rotaPlan);
    const stop = new AbortController();
    const ended = manager.run(stop.signal);
    await eventually('the rota is ready', async () => {
      const rota = await client.get(rotas, key);
      expect(rota).toMatchObject({ status: { team: 'blue', conditions: [{ type: 'Ready' }] } });
    });
    expect((await client.get(configMaps, key)).metadata?.managedFields).toMatchObject([
      { manager: 'rota-operator', operation: 'Apply' },
    ]);
    const lease = { namespace: 'default', name: 'rota-operator-leader' };
    expect((await client.get(resources.leases, lease)).spec?.holderIdentity).toContain('one');
    stop.abort();
    await ended;
  });
});
