import { describe, expect, it } from '@jest/globals';
import { apiCallsOf, callsBetween, totalOf } from './api-calls.ts';

const line = (verb: string, resource: string, count: number, more = ''): string =>
  `apiserver_request_total{code="200",component="apiserver",group="",resource="${resource}",scope="resource",${
    more || 'subresource="",'
  }verb="${verb}",version="v1"} ${count}`;

const metrics = [
  '# HELP apiserver_request_total Counter',
  line('APPLY', 'configmaps', 7),
  line('APPLY', 'configmaps', 1).replace('200', '201'),
  line('APPLY', 'benches', 4, 'subresource="status",'),
  line('PATCH', 'benches', 400),
  line('POST', 'benches', 20),
  line('GET', 'benches', 3),
  line('WATCH', 'configmaps', 2),
  line('PUT', 'leases', 9),
  line('POST', 'events', 1.5e3),
  'apiserver_request_duration_seconds_count{verb="APPLY",resource="configmaps"} 99',
].join('\n');

describe('calls of an operator', () => {
  it('are told from those of the load', () => {
    expect(Object.fromEntries(apiCallsOf(metrics))).toEqual({
      'APPLY configmaps': 8,
      'APPLY benches/status': 4,
      'GET benches': 3,
      'POST events': 1500,
    });
  });

  it('are what came between two readings', () => {
    const between = callsBetween(
      new Map([
        ['GET benches', 3],
        ['POST events', 1000],
      ]),
      apiCallsOf(metrics),
    );
    expect(between.get('POST events')).toBe(500);
    expect(between.has('GET benches')).toBe(false);
    expect(totalOf(between)).toBe(512);
  });
});
