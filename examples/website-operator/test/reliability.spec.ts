import { describe, expect, it } from '@jest/globals';
import { createSeededRandom, resources, type KubeClient, type KubeObject } from '@stateful/reconcile-sdk';
import {
  catalogue,
  findings,
  liveThroughIllness,
  runChain,
  runSimulators,
  type MutableSchema,
  type Scenario,
  type Strikes,
  type SystemUnderTest,
} from '@stateful/testing';
import { websitePlan } from '../src/definition.ts';
import { websiteDefinition, websites, type Website } from '../src/website.ts';
import { configMapZone } from '../src/zone.ts';

const namespace = 'default';
const key = { namespace, name: 'shop' };

/** The operator as `main.ts` makes it, in a cluster where Deployments run. */
const system: SystemUnderTest = {
  operator: {
    name: 'website-operator',
    build: (manager) =>
      manager.addPlan(websitePlan(configMapZone(manager.client, { namespace, name: 'zone' }))),
  },
  async setUp({ server, clock, users }) {
    runSimulators(server, { clock });
    await users.create(resources.customResourceDefinitions, websiteDefinition);
    await users.create(resources.configMaps, { metadata: { namespace, name: 'zone' } });
  },
  parents: websites,
  managed: [resources.configMaps, resources.services, resources.deployments],
  mask,
};

/** The Deployment controller counts how often the pods' template has changed. */
function mask(object: KubeObject): KubeObject {
  const { 'deployment.kubernetes.io/revision': _count, ...annotations } = object.metadata?.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

const website = (name = key.name, replicas = 2): Website => ({
  metadata: { namespace, name },
  spec: { hostname: `${name}.example.com`, replicas, pages: { 'index.html': 'hello' } },
});
const create = {
  name: 'create the website',
  run: (users: KubeClient) => users.create(websites, website()),
};
const patch = (name: string, spec: { hostname?: string; replicas?: number }) => ({
  name,
  run: (users: KubeClient) => users.mergePatch(websites, key, { spec }),
});
const remove = { name: 'delete the website', run: (users: KubeClient) => users.delete(websites, key) };

const lives = {
  life: {
    name: 'a website moves to another name and goes',
    steps: [create, patch('another host name', { hostname: 'new.example.com' }), remove],
  },
  recreation: { name: 'a website is deleted and made again', steps: [create, remove, create] },
  toggle: {
    name: 'a website has less replicas, and more',
    steps: [create, patch('1 replica', { replicas: 1 }), patch('2 replicas', { replicas: 2 })],
  },
};

describe('the website operator', () => {
  it.each(catalogue(system, lives).map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      expect(await findings(entry, console.info)).toEqual([]);
    },
    600_000,
  );

  const unseen: Strikes = () => [{ do: 'next-step' }];
  const sizes: Scenario[] = [
    [2, 4, 2],
    [3, 2, 3],
  ].map(([first, then, last]) => ({
    name: `${first}, ${then}, ${last} replicas`,
    steps: [
      {
        name: `a website of ${first}`,
        run: (users: KubeClient) => users.create(websites, website(key.name, first)),
      },
      patch(`${then} replicas`, { replicas: then! }),
      patch(`${last} replicas`, { replicas: last! }),
    ],
  }));
  it.each(sizes.map((scenario) => [scenario.name, scenario] as const))(
    'S-04: ends as it should when the middle of %s is not seen',
    async (_name, scenario) => {
      expect(
        await findings({ id: 'S-04', system, scenario, strikes: unseen, depth: 1 }, console.info),
      ).toEqual([]);
    },
    600_000,
  );

  it('S-08: asks an API server that is ill less than a tenth as often, and all is well again without help', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `shop-${index}`);
    const { well, unavailable, throttled, world } = await liveThroughIllness({
      system,
      async populate({ users }) {
        for (const name of names) await users.create(websites, website(name));
      },
      change: ({ users }, at) =>
        users.mergePatch(
          websites,
          { namespace, name: names[at % names.length]! },
          { spec: { replicas: 1 + (at % 3) } },
        ),
    });
    expect(unavailable).toBeLessThan(well / 10);
    expect(throttled).toBeLessThan(well / 10);
    expect(await world.settle()).toBe(true);
    const { items } = await world.users.list(websites);
    const ready = items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    expect(ready).toEqual(names.map(() => 'True'));
    expect(world.mishaps).toEqual([]);
  }, 600_000);

  it('S-11: is as it was after chains of mutations, each taken back', async () => {
    const { versions } = (
      websiteDefinition as unknown as {
        spec: { versions: { schema: { openAPIV3Schema: MutableSchema } }[] };
      }
    ).spec;
    for (let seed = 1; seed <= 5; seed++) {
      const { problems } = await runChain({
        system,
        parents: websites,
        seedObject: website(),
        schema: versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {},
        random: createSeededRandom(seed),
      });
      expect({ seed, problems }).toEqual({ seed, problems: [] });
    }
  }, 600_000);
});
