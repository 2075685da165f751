import { describe, expect, it } from '@jest/globals';
import { annotations, labels } from '@stateful/postgres-api';
import {
  createLogger,
  createManualClock,
  OperatorError,
  type EndpointSlice,
  type KubeClient,
} from '@stateful/reconcile-sdk';
import { Writable } from 'node:stream';
import { createAnnouncer } from './announce.ts';
import { type MemberSettings } from './settings.ts';

const settings = {
  ...{ pod: 'pg-1', podUid: 'p', address: '10.0.0.2', namespace: 'one', cluster: 'pg', port: 5432 },
} as MemberSettings;
const owner = { apiVersion: 'db.example.com/v1beta1', kind: 'PostgresCluster', name: 'pg', uid: 'u' };

/** Just enough of an API server: one EndpointSlice, the pod's role, and a switch. */
function fixture(slice?: EndpointSlice) {
  const server = { slice, role: undefined as string | undefined, isDown: false, writes: 0 };
  const reach = () => {
    if (server.isDown) throw new OperatorError('network', 'cut off');
  };
  const write = (_: unknown, object: EndpointSlice) => {
    reach();
    server.writes++;
    server.slice = { ...object, metadata: { ...object.metadata, resourceVersion: String(server.writes) } };
    return Promise.resolve(server.slice);
  };
  const client = {
    find: () =>
      Promise.resolve()
        .then(reach)
        .then(() => server.slice),
    create: write,
    update: write,
    mergePatch: (_: unknown, __: unknown, patch: { metadata: { labels: Record<string, string> } }) => {
      reach();
      server.role = patch.metadata.labels[labels.role];
      return Promise.resolve({});
    },
  } as unknown as KubeClient;
  const clock = createManualClock();
  const quiet = new Writable({ write: (_, __, done) => done() });
  const log = createLogger({ name: 'test', destination: quiet });
  const announcer = createAnnouncer({ client, clock, settings, owner, log });
  const end = new AbortController();
  const run = announcer.run(end.signal);
  const stop = async () => {
    end.abort();
    await run;
  };
  return { server, clock, announcer, stop };
}
const slice = (epoch: number, address: string): EndpointSlice => ({
  metadata: { resourceVersion: '1', annotations: { [annotations.epoch]: String(epoch) } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address] }],
});

describe('the rw Service', () => {
  it('leads to a new primary, which is labelled after', async () => {
    const { server, clock, announcer, stop } = fixture(slice(3, '10.0.0.1'));
    announcer.announce('primary', 4);
    await clock.advance(1);
    expect(server.slice?.endpoints?.[0]?.addresses).toEqual(['10.0.0.2']);
    expect(server.slice?.metadata?.annotations?.[annotations.epoch]).toBe('4');
    expect(server.role).toBe('primary');
    await stop();
  });

  it('is not led back by a late write of an older epoch', async () => {
    const { server, clock, announcer, stop } = fixture(slice(5, '10.0.0.1'));
    announcer.announce('primary', 4);
    await clock.advance(30_000);
    expect(server.slice?.endpoints?.[0]?.addresses).toEqual(['10.0.0.1']);
    expect(server.writes).toBe(0);
    await stop();
  });

  it('is put right when someone else changed it, and written only then', async () => {
    const { server, clock, announcer, stop } = fixture();
    announcer.announce('primary', 4);
    await clock.advance(60_000);
    expect(server.writes).toBe(1);
    server.slice = slice(4, '10.0.0.9');
    await clock.advance(20_000);
    expect(server.slice?.endpoints?.[0]?.addresses).toEqual(['10.0.0.2']);
    await stop();
  });

  it('is tried again when the API server was away, and nobody waited for it', async () => {
    const { server, clock, announcer, stop } = fixture();
    server.isDown = true;
    announcer.announce('replica', 4);
    await clock.advance(1_000);
    server.isDown = false;
    await clock.advance(1_000);
    expect(server.role).toBe('replica');
    expect(server.slice).toBeUndefined();
    await stop();
  });
});
