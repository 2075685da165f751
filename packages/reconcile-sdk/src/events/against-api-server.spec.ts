import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { connect, loadKubeConfig, resources, type KubeClient } from '../client/index.ts';
import { systemClock } from '../clock/index.ts';
import { createLogger } from '../logging/index.ts';
import { createEventRecorder } from './index.ts';

/** What the real API server thinks of our Events. */
const canRun = await canRunControlPlane('The recorder of events');

(canRun ? describe : describe.skip)('events on a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  const lines: string[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    client = connect({
      config: await loadKubeConfig({ path: plane.kubeconfigPath }),
      fieldManager: 'events-test',
    });
  }, 300_000);
  afterAll(async () => {
    await client?.close();
    await plane?.stop();
  }, 60_000);

  const recorder = () =>
    createEventRecorder({
      client,
      clock: systemClock,
      log: createLogger({
        name: 'test',
        level: 'debug',
        destination: { write: (line) => void lines.push(line) },
      }),
      controller: 'example.com/web-operator',
      instance: 'web-operator-0',
    });

  it('counts repetitions in a series, also those of the process after, and cuts a long note', async () => {
    const config = await client.create(resources.configMaps, {
      metadata: { namespace: 'default', name: 'front' },
      data: {},
    });
    const namespace = await client.get(resources.namespaces, { name: 'default' });
    const note = '\u00e9'.repeat(2_000);
    for (const each of [recorder(), recorder()]) {
      for (let i = 0; i < 5; i++) {
        each.record(
          { ...config, apiVersion: 'v1', kind: 'ConfigMap' },
          {
            type: 'Normal',
            reason: 'Made',
            action: 'Reconcile',
            note,
            related: { ...namespace, apiVersion: 'v1', kind: 'Namespace' },
          },
        );
      }
      // Of a kind without a namespace.
      each.record(
        { ...namespace, apiVersion: 'v1', kind: 'Namespace' },
        { type: 'Warning', reason: 'Odd', action: 'Reconcile', note: 'a cluster-scoped object' },
      );
      await each.flush();
    }
    expect(lines).toEqual([]);
    const { items } = await client.list(resources.events, { namespace: 'default' });
    const ours = items.filter((event) => event.reportingController === 'example.com/web-operator');
    expect(ours.map(({ reason, series }) => [reason, series?.count]).sort()).toEqual([
      ['Made', 10],
      ['Odd', 2],
    ]);
    const event = ours.find(({ reason }) => reason === 'Made');
    expect(Buffer.byteLength(event?.note ?? '')).toBeLessThanOrEqual(1_024);
    expect(event?.related?.name).toBe('default');
    expect(event?.series?.lastObservedTime).toMatch(/\.\d{6}Z$/);
    // The old API, which `kubectl get events` and `kubectl describe` read, shows the same.
    const old = await client.list(resources.coreEvents, { namespace: 'default' });
    expect(
      old.items.find(({ metadata }) => metadata?.name === event?.metadata?.name)?.involvedObject.uid,
    ).toBe(config.metadata?.uid);
  }, 60_000);
});
