import { createManualClock, createSeededRandom } from '@stateful/reconcile-sdk';
import { expect, it } from '@jest/globals';
import { createApiServer } from '../api-server.ts';
import { type AuditEvent } from './audit-event.ts';

it('every answered request is counted and told of', () => {
  const events: AuditEvent[] = [];
  const server = createApiServer({
    clock: createManualClock(),
    random: createSeededRandom(1),
    onAudit: (event) => events.push(event),
  });
  events.length = 0;
  const maps = '/api/v1/namespaces/default/configmaps';
  server.ask({ method: 'POST', path: `${maps}?dryRun=All`, body: { metadata: { name: 'a' } } });
  server.ask({ method: 'GET', path: `${maps}/a`, user: 'alice' });
  server.ask({ method: 'GET', path: maps, token: 'nonsense' });
  server.watch({ method: 'GET', path: `${maps}?watch=true` });
  expect(events).toMatchObject([
    { user: { name: 'admin' }, attributes: { verb: 'create', resource: 'configmaps' }, status: 201 },
    { user: { name: 'alice' }, attributes: { verb: 'get', name: 'a', namespace: 'default' }, status: 403 },
    { attributes: { verb: 'list' }, status: 401 },
    { attributes: { verb: 'watch' }, status: 200 },
  ]);
  expect(events[2]!.user).toBeUndefined();
  const { body } = server.ask({ method: 'GET', path: '/metrics' });
  const line = (code: number, dryRun: string, scope: string, verb: string): string =>
    `apiserver_request_total{code="${code}",component="apiserver",dry_run="${dryRun}",group="",resource="configmaps",scope="${scope}",subresource="",verb="${verb}",version="v1"} 1\n`;
  expect(body).toContain(line(201, 'All', 'resource', 'POST'));
  expect(body).toContain(line(403, '', 'resource', 'GET'));
  expect(body).toContain(line(401, '', 'namespace', 'LIST'));
  expect(body).toContain(line(200, '', 'namespace', 'WATCH'));
});
