import { describe, expect, it } from '@jest/globals';
import { plan } from '../src/plan.ts';
import { type Snapshot } from '../src/snapshot.ts';

const now = Date.UTC(2030, 0, 1);
const site: Snapshot = {
  website: {
    metadata: { namespace: 'shop', name: 'front', uid: 'uid-1', generation: 1 },
    spec: { hostname: 'www.example.com', replicas: 2, pages: { 'index.html': 'hello' } },
  },
  deployment: undefined,
  wanted: 'nobody',
  present: 'nobody',
};
const running = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { replicas: 2 },
  status: {
    replicas: 2,
    readyReplicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    conditions: [{ type: 'Available', status: 'True' }],
  },
} as NonNullable<Snapshot['deployment']>;
const condition = (snapshot: Snapshot, type: string) =>
  plan(snapshot, now).status.conditions?.find((entry) => entry.type === type);

describe('plan of a website', () => {
  it.each<[string, Partial<Snapshot>, string, string]>([
    ['nothing is there yet', {}, 'False', 'PodsNotReady'],
    ['pods run, name not registered', { deployment: running }, 'False', 'NotRegistered'],
    ['all is well', { deployment: running, wanted: 'us' }, 'True', 'AsExpected'],
    ['the name is taken', { deployment: running, wanted: 'others' }, 'False', 'NameTaken'],
    ['the zone is silent', { deployment: running, wanted: 'unknown' }, 'Unknown', 'NoAnswer'],
  ])('is ready or not when %s', (_, change, status, reason) => {
    expect(condition({ ...site, ...change }, 'Ready')).toMatchObject({ status, reason });
  });

  it('wants three children, and other pods when the pages change', () => {
    const { children } = plan(site, now);
    expect(children).toMatchObject([
      { object: { metadata: { name: 'front' }, data: { 'index.html': 'hello' } } },
      { object: { spec: { ports: [{ port: 80 }] } } },
      { object: { spec: { replicas: 2 } } },
    ]);
    const { website } = site;
    const changed = { ...site, website: { ...website, spec: { ...website.spec, pages: { a: 'b' } } } };
    expect(plan(changed, now).children[2]).not.toEqual(children[2]);
  });

  it('moves to another name, and says so only when it has', () => {
    const { website } = site;
    const moving: Snapshot = { ...site, website: { ...website, status: { hostname: 'old.example.com' } } };
    expect(plan(moving, now)).toMatchObject({
      operation: {
        kind: 'publish',
        key: 'www.example.com',
        params: { hostname: 'www.example.com', previous: 'old.example.com' },
      },
      status: { hostname: 'old.example.com' },
    });
  });
});
