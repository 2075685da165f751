import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '../clock/index.ts';
import { createMetrics, type Metrics } from './index.ts';

const make = (clock = createManualClock()): Metrics => createMetrics({ prefix: 'web_operator', clock });
/** The samples of one family, without help. */
const samples = async (metrics: Metrics, name: string): Promise<string[]> =>
  (await metrics.registry.getSingleMetricAsString(name))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Name, labels and, where controller-runtime sets them, buckets: count and first and last bound. */
const ofControllerRuntime: [string, string, [number, number, number]?][] = [
  ['controller_runtime_reconcile_total', 'controller,result'],
  ['controller_runtime_reconcile_errors_total', 'controller'],
  ['controller_runtime_terminal_reconcile_errors_total', 'controller'],
  ['controller_runtime_reconcile_panics_total', 'controller'],
  ['controller_runtime_reconcile_timeouts_total', 'controller'],
  ['controller_runtime_reconcile_time_seconds', 'controller', [40, 0.005, 60]],
  ['controller_runtime_max_concurrent_reconciles', 'controller'],
  ['controller_runtime_active_workers', 'controller'],
  ['workqueue_depth', 'name,controller,priority'],
  ['workqueue_adds_total', 'name,controller'],
  ['workqueue_queue_duration_seconds', 'name,controller', [12, 1e-8, 1000]],
  ['workqueue_work_duration_seconds', 'name,controller', [12, 1e-8, 1000]],
  ['workqueue_unfinished_work_seconds', 'name,controller'],
  ['workqueue_longest_running_processor_seconds', 'name,controller'],
  ['workqueue_retries_total', 'name,controller'],
  ['rest_client_requests_total', 'code,method,host'],
  ['rest_client_request_duration_seconds', 'verb,host', [12, 0.005, 60]],
  ['rest_client_rate_limiter_duration_seconds', 'verb,host', [12, 0.005, 60]],
  ['rest_client_request_retries_total', 'code,verb,host'],
  ['rest_client_request_size_bytes', 'verb,host', [11, 64, 16777216]],
  ['rest_client_response_size_bytes', 'verb,host', [11, 64, 16777216]],
  ['rest_client_dns_resolution_duration_seconds', 'host', [12, 0.005, 60]],
  ['leader_election_master_status', 'name'],
  ['leader_election_slowpath_total', 'name'],
  ['controller_runtime_webhook_latency_seconds', 'webhook', [12, 1e-8, 1000]],
  ['controller_runtime_webhook_requests_total', 'webhook,code'],
  ['controller_runtime_webhook_requests_in_flight', 'webhook'],
  ['controller_runtime_webhook_panics_total', ''],
  ['controller_runtime_conversion_webhook_panics_total', ''],
  ['certwatcher_read_certificate_total', ''],
  ['certwatcher_read_certificate_errors_total', ''],
];

describe('metrics', () => {
  it.each(ofControllerRuntime.map(([name, labels, buckets]) => ({ name, labels, buckets })))(
    'has $name{$labels} as controller-runtime has',
    ({ name, labels, buckets }) => {
      const family = make()
        .describe()
        .find((entry) => entry.name === name);
      expect(family?.labels.join(',')).toBe(labels);
      expect(family?.buckets && [family.buckets.length, family.buckets[0], family.buckets.at(-1)]).toEqual(
        buckets,
      );
    },
  );

  it('keeps the own histogram: 0.1 x 2, eight buckets', () => {
    const own = make()
      .describe()
      .find(({ name }) => name === 'web_operator_reconcile_seconds');
    expect(own?.buckets).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]);
    expect(own?.labels).toEqual(['resource', 'outcome']);
  });

  it('shows a known controller as 0 before its first reconcile', async () => {
    const metrics = make();
    metrics.controller('site', { concurrency: 3 });
    expect(await samples(metrics, 'controller_runtime_reconcile_total')).toEqual(
      ['success', 'error', 'requeue', 'requeue_after'].map(
        (result) => `controller_runtime_reconcile_total{controller="site",result="${result}"} 0`,
      ),
    );
    expect(await samples(metrics, 'controller_runtime_max_concurrent_reconciles')).toEqual([
      'controller_runtime_max_concurrent_reconciles{controller="site"} 3',
    ]);
    expect(await samples(metrics, 'workqueue_depth')).toEqual([
      'workqueue_depth{name="site",controller="site",priority="0"} 0',
    ]);
  });

  it('counts outcomes as controller-runtime would', async () => {
    const metrics = make();
    const site = metrics.controller('site');
    for (const outcome of ['success', 'requeue', 'conflict', 'error', 'terminal', 'paused'] as const) {
      site.started(0.01);
      site.reconciled(outcome, 0.2);
    }
    expect(await samples(metrics, 'controller_runtime_reconcile_total')).toEqual([
      'controller_runtime_reconcile_total{controller="site",result="success"} 2',
      'controller_runtime_reconcile_total{controller="site",result="error"} 2',
      'controller_runtime_reconcile_total{controller="site",result="requeue"} 1',
      'controller_runtime_reconcile_total{controller="site",result="requeue_after"} 1',
    ]);
    const one = async (name: string) => (await samples(metrics, name))[0]?.split(' ')[1];
    expect(await one('controller_runtime_reconcile_errors_total')).toBe('2');
    expect(await one('controller_runtime_terminal_reconcile_errors_total')).toBe('1');
    expect(await one('reconcile_conflicts_total')).toBe('1');
    expect(await one('controller_runtime_active_workers')).toBe('0');
  });

  it('tells how long work under way has taken', async () => {
    const clock = createManualClock();
    const metrics = make(clock);
    const site = metrics.controller('site', { concurrency: 2 });
    const figures = async () =>
      Promise.all(
        ['workqueue_unfinished_work_seconds', 'workqueue_longest_running_processor_seconds'].map(
          async (name) => Number((await samples(metrics, name))[0]?.split(' ')[1]),
        ),
      );
    site.started(0);
    await clock.advance(2_000);
    site.started(0);
    await clock.advance(1_000);
    expect(await figures()).toEqual([4, 3]);
    site.reconciled('success', 1);
    expect(await figures()).toEqual([3, 3]);
    site.reconciled('success', 3);
    expect(await figures()).toEqual([0, 0]);
  });

  it('tells priorities apart up to 25, and forgets none that has emptied', async () => {
    const metrics = make();
    const site = metrics.controller('site');
    const size = (byPriority: Map<number, number>) => ({
      ready: 0,
      held: 1,
      delayed: 2,
      working: 0,
      byPriority,
    });
    site.queued(size(new Map(Array.from({ length: 40 }, (_, priority) => [priority, 1]))));
    const full = await samples(metrics, 'workqueue_depth');
    expect(full).toHaveLength(26);
    expect(full.at(-1)).toBe(
      'workqueue_depth{name="site",controller="site",priority="exceeded_cardinality_limit"} 15',
    );
    site.queued(size(new Map([[3, 2]])));
    const depths = await samples(metrics, 'workqueue_depth');
    expect(depths.filter((line) => !line.endsWith(' 0'))).toEqual([
      'workqueue_depth{name="site",controller="site",priority="3"} 2',
    ]);
  });

  it('adds up the informers of a resource and shows the oldest', async () => {
    const metrics = make();
    const pods = { synced: true, objects: 3, bytes: 10, lists: 1, watches: 1, restarts: 0, events: 5 };
    metrics.informers.read(() => [
      { resource: 'pods', ...pods, silentMs: 100, lastEventMs: 100 },
      { resource: 'pods', ...pods, silentMs: 70_000, lastEventMs: 90_000, synced: false },
      { resource: 'nodes', ...pods },
    ]);
    const ofPods = async (name: string) =>
      (await samples(metrics, name)).filter((line) => line.includes('"pods"'));
    expect(await ofPods('informer_objects')).toEqual(['informer_objects{resource="pods"} 6']);
    expect(await ofPods('informer_unsynced')).toEqual(['informer_unsynced{resource="pods"} 1']);
    // Ages that nobody knows are left out.
    expect(await samples(metrics, 'informer_silent_seconds')).toEqual([
      'informer_silent_seconds{resource="pods"} 70',
    ]);
    expect(await samples(metrics, 'informer_last_event_age_seconds')).toEqual([
      'informer_last_event_age_seconds{resource="pods"} 0.1',
    ]);
  });

  it('tells of calls, retries and calls without an answer', async () => {
    const metrics = make();
    const call = { method: 'GET', seconds: 0.1, waitedSeconds: 0, host: 'api:443', requestBytes: 0 };
    metrics.transport.onCall({ ...call, status: 0, attempt: 1 });
    metrics.transport.onCall({ ...call, status: 200, attempt: 2, responseBytes: 100 });
    expect(await samples(metrics, 'rest_client_requests_total')).toEqual([
      'rest_client_requests_total{code="<error>",method="GET",host="api:443"} 1',
      'rest_client_requests_total{code="200",method="GET",host="api:443"} 1',
    ]);
    expect(await samples(metrics, 'rest_client_request_retries_total')).toEqual([
      'rest_client_request_retries_total{code="200",verb="GET",host="api:443"} 1',
    ]);
    metrics.transport.onLookup({ host: 'api:443', seconds: 0.002 });
    expect(await samples(metrics, 'rest_client_dns_resolution_duration_seconds')).toContain(
      'rest_client_dns_resolution_duration_seconds_count{host="api:443"} 1',
    );
  });

  it('follows an election', async () => {
    const metrics = make();
    const told = metrics.election('web-leader');
    told({ kind: 'leading', epoch: 7 });
    told({ kind: 'slow-path' });
    expect(await samples(metrics, 'leader_election_master_status')).toEqual([
      'leader_election_master_status{name="web-leader"} 1',
    ]);
    told({ kind: 'not-leading' });
    expect(await samples(metrics, 'leader_election_master_status')).toEqual([
      'leader_election_master_status{name="web-leader"} 0',
    ]);
    expect(await samples(metrics, 'leader_election_epoch')).toEqual([
      'leader_election_epoch{name="web-leader"} 7',
    ]);
  });

  it('measures its own process', async () => {
    const metrics = make();
    await metrics.registry.metrics();
    const rss = (await samples(metrics, 'process_resident_memory_bytes'))[0];
    expect(Number(rss?.split(' ')[1])).toBeGreaterThan(1e6);
    expect(Number((await samples(metrics, 'process_open_fds'))[0]?.split(' ')[1])).toBeGreaterThan(0);
  });

  it('names families as Prometheus asks for', () => {
    const ours = make()
      .describe()
      .filter(({ name }) => /^(reconcile|informer|reflector|web_operator)_/.test(name));
    expect(ours.length).toBeGreaterThan(25);
    for (const { name, type, help } of ours) {
      expect(help).toMatch(/^[A-Z].*\.$/);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
      if (type === 'gauge') expect(name).not.toMatch(/_total$/);
    }
  });

  it('observes within microseconds, also on a busy machine', () => {
    const metrics = make();
    const site = metrics.controller('site');
    const rounds = 100_000;
    const measure = (): number => {
      const began = performance.now();
      for (let i = 0; i < rounds; i++) site.lagged(i / 1000);
      return ((performance.now() - began) * 1000) / rounds;
    };
    measure();
    expect(measure()).toBeLessThan(20);
  });
});
