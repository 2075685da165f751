import { describe, expect, it } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import {
  resources,
  validatingWebhookConfigurations,
  type ValidatingWebhookConfiguration,
} from '@stateful/reconcile-sdk';
import { createWorld, serveWebhooks, type World } from '@stateful/testing';
import { webhookObjects } from '../../src/index.ts';
import { webhooks } from '../../src/webhook-server.ts';
import { postgresSystem } from './system.ts';
import { cluster, namespace, postgresClusters, versions } from './world.ts';

const second = 1_000;
const minute = 60 * second;
const outage = 5 * minute;
const url = 'https://webhooks.ops.svc:443';
const key = { namespace, name: 'pg' };
const oldKind = { ...postgresClusters, version: 'v1alpha1' };

type Change = (configuration: ValidatingWebhookConfiguration) => void;

/** A cluster of three, and webhooks of both sorts installed; `change` may spoil how they are installed. */
async function town(change: Change = () => undefined) {
  const { operator, setUp } = postgresSystem();
  const world = createWorld({ operator });
  await setUp(world);
  const backend = serveWebhooks(world.server, url, webhooks({ client: world.users, versions }));
  const { validating, conversion } = webhookObjects('webhooks', { url });
  for (const configuration of validating) {
    change(configuration);
    await world.users.create(validatingWebhookConfigurations, configuration);
  }
  for (const [name, stanza] of Object.entries(conversion)) {
    await world.users.mergePatch(
      resources.customResourceDefinitions,
      { name },
      { spec: { conversion: stanza } },
    );
  }
  world.start();
  await world.users.create(postgresClusters, cluster());
  expect(await world.settle({ quietMs: 20 * second })).toBe(true);
  return { world, backend };
}

const get = (world: World): Promise<PostgresCluster> => world.users.get(postgresClusters, key);
const patch = (world: World, spec: object) => world.users.mergePatch(postgresClusters, key, { spec });
const conditionOf = ({ status }: PostgresCluster, type: string) =>
  status?.conditions?.find((one) => one.type === type);
/** Lets time go on until a condition is as wanted. */
async function until(world: World, type: string, reason: string): Promise<void> {
  for (let at = 0; at < 120; at++) {
    if (conditionOf(await get(world), type)?.reason === reason) return;
    await world.clock.advance(second);
  }
  throw new Error(
    `${type} did not become ${reason}: ${JSON.stringify((await get(world)).status?.conditions)}`,
  );
}
/** Asks for another version; instances take it up as they are restarted, one after the other. */
async function beginUpgrade(world: World): Promise<void> {
  await patch(world, { version: versions[1] });
  await until(world, 'Progressing', 'RestartPending');
}
/** Restarts one and waits until all are well again. */
async function restart(world: World, name: string): Promise<void> {
  const { metadata } = await world.users.get(resources.pods, { namespace, name });
  await world.users.delete(resources.pods, { namespace, name });
  const isBack = async () => {
    const pod = await world.users.find(resources.pods, { namespace, name });
    return pod !== undefined && pod.metadata?.uid !== metadata?.uid;
  };
  for (let at = 0; at < 60 && !(await isBack()); at++) await world.clock.advance(second);
  await until(world, 'Ready', 'Healthy');
}
const refusals = (world: World, from: number): string[] =>
  world.exchanges
    .slice(from)
    .flatMap(({ call, error }) => (error && call.kind !== 'lease' ? [error.message] : []));

describe('S-10: nobody answers webhooks for five minutes while an upgrade is under way', () => {
  it('the upgrade goes on, people are told why their changes are refused, and all is well afterwards', async () => {
    const { world, backend } = await town();
    await beginUpgrade(world);
    backend.setDown(true);
    const downAt = world.clock.monotonic();
    const from = world.exchanges.length;
    for (const name of ['pg-1', 'pg-2', 'pg-0']) {
      await expect(patch(world, { parameters: { work_mem: '8MB' } })).rejects.toThrow(
        /failed calling webhook "validate\.postgresclusters\.db\.example\.com".*connection refused/,
      );
      await expect(world.users.get(oldKind, key)).rejects.toThrow(/conversion webhook.*connection refused/);
      // What no webhook has to judge goes on: labels, and the version that is stored.
      await world.users.mergePatch(postgresClusters, key, { metadata: { labels: { last: name } } });
      await restart(world, name);
    }
    await until(world, 'Progressing', 'Settled');
    const { items } = await world.users.list(resources.pods, { namespace });
    expect(items.map(({ spec }) => spec?.containers?.[0]?.image)).toEqual(
      Array.from({ length: 3 }, () => `docker.io/local/postgres:${versions[1]}`),
    );
    await world.clock.advance(outage - (world.clock.monotonic() - downAt));
    expect(conditionOf(await get(world), 'Ready')).toMatchObject({ status: 'True' });
    expect(refusals(world, from).filter((text) => text.includes('webhook'))).toEqual([]);

    backend.setDown(false);
    await patch(world, { parameters: { work_mem: '8MB' } });
    await expect(patch(world, { replicas: 0 })).rejects.toThrow();
    expect((await world.users.get(oldKind, key)).apiVersion).toContain('v1alpha1');
    expect(await world.settle({ quietMs: minute })).toBe(true);
    expect((await get(world)).status?.observedGeneration).toBe((await get(world)).metadata?.generation);
    expect(world.mishaps).toEqual([]);
    expect([...backend.asked.values()].every((times) => times > 0)).toBe(true);
  }, 120_000);

  it('control: webhooks that also judge the status hold the operator up', async () => {
    const { world, backend } = await town(({ webhooks: all = [] }) => {
      for (const webhook of all) {
        delete webhook.matchConditions;
        for (const rule of webhook.rules ?? []) rule.resources = ['postgresclusters', 'postgresclusters/*'];
      }
    });
    await beginUpgrade(world);
    backend.setDown(true);
    const from = world.exchanges.length;
    await world.users.delete(resources.pods, { namespace, name: 'pg-0' });
    await world.clock.advance(minute);
    expect(refusals(world, from).some((text) => text.includes('failed calling webhook'))).toBe(true);
  }, 120_000);
});
