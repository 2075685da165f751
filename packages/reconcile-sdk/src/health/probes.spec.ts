import { describe, expect, it } from '@jest/globals';
import { liveness, readiness } from './probes.ts';

const filled = { synced: true, silentMs: 5, failing: undefined };
const denied = { synced: false, silentMs: undefined, failing: 'no right to list pods' };

describe('readiness', () => {
  it('names what is missing, and why', () => {
    const { status, body } = readiness({
      informers: [
        { name: 'pods', health: denied },
        { name: 'services', health: filled },
      ],
      others: [{ name: 'webhooks', notReady: 'there is no certificate yet' }],
    });
    expect(status).toBe(503);
    expect(body).toContain('[not yet] cache of pods (no right to list pods)');
    expect(body).toContain('[ok] cache of services');
    expect(body).toContain('[not yet] webhooks (there is no certificate yet)');
  });

  it('is not lost by a cache that was filled and fails, nor by another cluster', () => {
    const { status, body } = readiness({
      informers: [{ name: 'pods', health: { ...filled, failing: 'cut off' } }],
      remote: [{ name: 'pods of east', health: denied }],
    });
    expect(status).toBe(200);
    expect(body).toContain('[ok] cache of pods (cut off)');
  });

  it('does not wait for a cache that may wait for it', () => {
    const { status, body } = readiness({
      informers: [{ name: 'widgets', health: denied, followsReady: true }],
    });
    expect(status).toBe(200);
    expect(body).toContain('[not yet, not waited for] cache of widgets (no right to list pods)');
  });
});

describe('liveness', () => {
  it('is lost when every worker of a controller hangs', () => {
    const facts = (hanging: string[]) =>
      liveness({ controllers: [{ name: 'web', hanging, concurrency: 2 }] });
    expect(facts([]).status).toBe(200);
    expect(facts(['ns/a'])).toMatchObject({ status: 200, body: expect.stringContaining('ns/a') });
    expect(facts(['ns/a', 'ns/b']).status).toBe(500);
  });
});
