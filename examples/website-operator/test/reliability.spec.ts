import { describe, expect, it } from '@jest/globals';
import { resources, type KubeClient } from '@stateful/reconcile-sdk';
import { catalogue, findings, runSimulators, type SystemUnderTest } from '@stateful/testing';
import { websitePlan } from '../src/definition.ts';
import { websiteDefinition, websites } from '../src/website.ts';
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
};

const create = {
  name: 'create the website',
  run: (users: KubeClient) =>
    users.create(websites, {
      metadata: key,
      spec: { hostname: 'shop.example.com', replicas: 2, pages: { 'index.html': 'hello' } },
    }),
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
});
