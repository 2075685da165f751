import { describe, expect, it } from '@jest/globals';
import { probeRoutes, whyNotReady, type MemberView } from './probes.ts';

const primary: MemberView = {
  ...{ pod: 'pg-0', server: 'primary', holds: true, holder: 'pg-0', isStreaming: false, admitsClients: true },
  ...{ data: 'valid', hasStarted: true, lastError: undefined },
};

describe('a member is ready', () => {
  it.each<[string, Partial<MemberView>, string | undefined]>([
    ['as primary', {}, undefined],
    ['not as a primary without the Lease', { holds: false }, 'without the Lease'],
    ['not while clients are kept out', { admitsClients: false }, 'waits until enough standbys'],
    ['as a standby that streams', { server: 'standby', isStreaming: true }, undefined],
    ['not as one that does not', { server: 'standby', holder: 'pg-1' }, 'does not stream from pg-1'],
    ['not when there is no primary', { server: 'standby', holder: undefined }, 'there is no primary'],
    ['not when Postgres is down, and says why', { server: 'down', lastError: 'no disk' }, 'down: no disk'],
  ])('%s', (_, change, why) => {
    const answer = whyNotReady({ ...primary, ...change });
    if (why === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(why);
  });
});

it('the agent counts as alive also when its Postgres is not: a restart of the pod would not help', () => {
  const routes = probeRoutes(() => ({ ...primary, server: 'down', hasStarted: false }));
  expect(routes['/healthz']?.().status).toBe(200);
  expect(routes['/readyz']?.().status).toBe(503);
  expect(routes['/startupz']?.().status).toBe(503);
});
