import { resources, type PlanDefinition } from '@stateful/reconcile-sdk';
import { plan } from './plan.ts';
import { isReleased, publish, retire } from './publish.ts';
import { ownName, type Snapshot } from './snapshot.ts';
import { websites, type Website, type WebsiteStatus } from './website.ts';
import { type Zone } from './zone.ts';

const labelSelector = 'app.kubernetes.io/name=website';

/** Everything that there is to know about Websites. The engine does the rest. */
export const websitePlan = (zone: Zone): PlanDefinition<Website, Snapshot, WebsiteStatus> => ({
  name: 'website',
  resource: websites,
  owns: [
    { resource: resources.configMaps, labelSelector },
    { resource: resources.services, labelSelector },
    { resource: resources.deployments, labelSelector },
  ],
  async observe(website, { store, signal }) {
    const { namespace, name = '' } = website.metadata ?? {};
    const { hostname: before } = website.status ?? {};
    return {
      website,
      deployment: store(resources.deployments).get(namespace, name),
      wanted: await zone.holderOf(website.spec.hostname, ownName(website), signal),
      present: before ? await zone.holderOf(before, ownName(website), signal) : 'nobody',
    };
  },
  plan,
  operations: [publish(zone), retire(zone)],
  finalizer: {
    name: 'demo.example.com/hostname',
    isNeeded: () => true,
    finalize: (snapshot) => ({
      children: 'leave',
      operation: { kind: 'retire', key: ownName(snapshot.website) },
      status: snapshot.website.status ?? {},
      done: isReleased(snapshot),
      leftBehind: `the host name ${snapshot.website.spec.hostname} in the zone`,
    }),
    deadlineMs: 10 * 60_000,
    onDeadline: 'hold',
  },
});
