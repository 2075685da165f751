import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  eventually,
  canRunControlPlane,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import { connect, loadKubeConfig, resources, type KubeClient } from '../client/index.ts';
import { createLogger } from '../logging/index.ts';
import { createManager, type Manager } from '../manager/index.ts';

/** The whole way of one change, as spans: watch, queue, reconcile, call. */
const canRun = await canRunControlPlane('The spans of a manager');

(canRun ? describe : describe.skip)('spans of a manager', () => {
  const exporter = new InMemorySpanExporter();
  const contexts = new AsyncLocalStorageContextManager();
  const stop = new AbortController();
  const namespace = 'default';
  let plane: ControlPlane;
  let user: KubeClient;
  let manager: Manager;
  let ended: Promise<void> | undefined;

  beforeAll(async () => {
    contexts.enable();
    context.setGlobalContextManager(contexts);
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    plane = await startControlPlane();
    const config = await loadKubeConfig({ path: plane.kubeconfigPath });
    user = connect({ config, fieldManager: 'user' });
    manager = createManager({
      name: 'copy-operator',
      identity: 'test',
      config,
      log: createLogger({ name: 'copy-operator', level: 'error' }),
    });
    manager.addController({
      name: 'copy',
      resource: resources.configMaps,
      labelSelector: 'copy=yes',
      async reconcile({ namespace: where, name }, { client, store }) {
        const { data } = store(resources.configMaps).get(where, name) ?? {};
        if (!data) return undefined;
        await client.apply(resources.configMaps, {
          metadata: { namespace, name: `${name}-copy` },
          data,
        });
        return undefined;
      },
    });
    ended = manager.run(stop.signal);
    await eventually('the caches are full', () => expect(manager.isReady()).toBe(true));
  }, 300_000);

  afterAll(async () => {
    stop.abort();
    await ended;
    await user?.close();
    await plane?.stop();
    trace.disable();
    context.disable();
  }, 60_000);

  it('lead from the change to the reconcile that it caused, and to the calls of that', async () => {
    await user.create(resources.configMaps, {
      metadata: { namespace, name: 'a', labels: { copy: 'yes' } },
      data: { x: '1' },
    });
    await eventually('it is copied', () => user.get(resources.configMaps, { namespace, name: 'a-copy' }));
    const spans = () => exporter.getFinishedSpans();
    const reconcileOf = () =>
      spans().find(
        ({ name, attributes }) => name === 'reconcile' && attributes['reconcile.object'] === `${namespace}/a`,
      );
    await eventually('its span has ended', () => expect(reconcileOf()).toBeDefined());
    const reconcile = reconcileOf()!;
    const change = spans().find(
      ({ name, attributes }) => name === 'change' && attributes['k8s.object'] === `${namespace}/a`,
    )!;
    expect(reconcile.links.map((link) => link.context.spanId)).toContain(change.spanContext().spanId);
    const calls = spans().filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === reconcile.spanContext().spanId,
    );
    expect(calls.map(({ name, attributes }) => [name, attributes['kubernetes.call']])).toEqual([
      ['HTTP PATCH', `apply configmaps ${namespace}/a-copy`],
    ]);
    // No span tells what was in the object.
    expect(JSON.stringify(spans().map(({ name, attributes }) => [name, attributes]))).not.toContain('"x"');
  }, 60_000);
});
