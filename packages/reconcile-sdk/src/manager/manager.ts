import { systemClock, systemRandom, type Clock, type Random } from '../clock/index.ts';
import {
  controllerOf,
  createKubeClient,
  createTransport,
  keyOf,
  resourceText,
  type ClusterConfig,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../client/index.ts';
import { createController, createWriteBarrier, type Controller } from '../controller/index.ts';
import { createElector, type Elector } from '../election/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createEventRecorder } from '../events/index.ts';
import { readiness, serve, type RunningServer } from '../health/index.ts';
import { type Logger } from '../logging/index.ts';
import { createMetrics, type Metrics } from '../metrics/index.ts';
import { executePlan, type Parent, type PlanDefinition } from '../plan/index.ts';
import { type Condition } from '../status/index.ts';
import { createInformer, type Informer } from './informer.ts';

export interface ManagerOptions {
  /** Of the operator, such as `postgres-operator`: field manager, event source, prefix of metrics. */
  name: string;
  config: ClusterConfig;
  log: Logger;
  /** Namespaces to look at; empty: all. */
  namespaces?: readonly string[];
  /** Unique name of this process: the pod's name. */
  identity: string;
  /** Where the Lease is; absent: this process leads without asking. */
  election?: { namespace: string; durationMs?: number; renewDeadlineMs?: number; retryMs?: number };
  /** Such as `:8080`; absent: not served. */
  metricsAddress?: string;
  /** Such as `:8081`, for /healthz and /readyz; absent: not served. */
  probesAddress?: string;
  clock?: Clock;
  random?: Random;
}

export interface Manager {
  /** Fenced: it writes only while this process leads. */
  readonly client: KubeClient;
  readonly metrics: Metrics;
  /** Adds a kind. Call before `run`. */
  addPlan<P extends Parent, Snapshot, Status extends { conditions?: Condition[] | undefined }>(
    definition: PlanDefinition<P, Snapshot, Status>,
    options?: { concurrency?: number },
  ): void;
  /** True when every cache is filled. */
  isReady(): boolean;
  /** Ports that are served, once `run` has begun. */
  ports(): { metrics?: number; probes?: number };
  /** Runs until the signal aborts; ends in order: work under way, Lease, caches, servers. */
  run(signal: AbortSignal): Promise<void>;
}

export function createManager(options: ManagerOptions): Manager {
  const { name, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const metrics = createMetrics({ prefix: name.replaceAll('-', '_') });
  const transport = createTransport({
    config: options.config,
    clock,
    random,
    userAgent: name,
    onCall: (call) => metrics.called(call.method, call.status, call.seconds),
  });
  const unfenced = createKubeClient({ transport, fieldManager: name });
  const elector: Elector | undefined =
    options.election &&
    createElector({
      client: unfenced,
      clock,
      random,
      log,
      identity: options.identity,
      lease: { namespace: options.election.namespace, name: `${name}-leader` },
      ...(options.election.durationMs ? { durationMs: options.election.durationMs } : {}),
      ...(options.election.renewDeadlineMs ? { renewDeadlineMs: options.election.renewDeadlineMs } : {}),
      ...(options.election.retryMs ? { retryMs: options.election.retryMs } : {}),
    });
  const client = createKubeClient({
    transport,
    fieldManager: name,
    ...(elector ? { beforeWrite: () => elector.fence() } : {}),
  });
  const events = createEventRecorder({
    client,
    clock,
    log,
    controller: `db.example.com/${name}`,
    instance: options.identity,
  });
  const informers = new Map<string, { informer: Informer; labelSelector: string | undefined }>();
  const controllers: { controller: Controller; enqueueAll: (reason: string) => void }[] = [];
  const ports: { metrics?: number; probes?: number } = {};
  const { promise: synced, resolve: allSynced } = Promise.withResolvers<void>();

  /** One informer per kind, shared. Two controllers that select differently would see each other's gaps. */
  function informer<T extends KubeObject>(resource: Resource<T>, labelSelector?: string): Informer<T> {
    const text = resourceText(resource);
    const known = informers.get(text);
    if (known) {
      if (known.labelSelector !== labelSelector) {
        throw new OperatorError('bad-configuration', `${text} is watched with two different label selectors`);
      }
      return known.informer as unknown as Informer<T>;
    }
    const made = createInformer<T>({
      client,
      resource,
      namespaces: options.namespaces ?? [],
      ...(labelSelector ? { labelSelector } : {}),
      clock,
      random,
      log,
      metrics,
      onAdvance() {
        if (manager.isReady()) allSynced();
        controllers.forEach(({ controller }) => controller.kick());
      },
    });
    informers.set(text, { informer: made, labelSelector });
    return made;
  }

  const manager: Manager = {
    client,
    metrics,
    isReady: () => [...informers.values()].every((entry) => entry.informer.hasSynced()),
    ports: () => ports,
    addPlan(definition, { concurrency } = {}) {
      const parents = informer(definition.resource);
      const barrier = createWriteBarrier({
        clock,
        onTimeout: (key) =>
          log.warn({ object: key }, 'the cache has not caught up with a write; going on without it'),
      });
      const wrote = (parent: ObjectKey, resource: Resource, key: ObjectKey, version: string): void => {
        const watched = informers.get(resourceText(resource));
        if (watched) barrier.wrote(parent, version, () => watched.informer.seen(key.namespace));
      };
      const store = <T extends KubeObject>(resource: Resource<T>) => {
        const watched = informers.get(resourceText(resource));
        if (!watched) {
          throw new OperatorError(
            'bad-configuration',
            `${definition.name} looks at ${resourceText(resource)} but does not declare it in owns or reads`,
          );
        }
        return (watched.informer as unknown as Informer<T>).store;
      };
      const controller = createController({
        name: definition.name,
        clock,
        random,
        log,
        metrics,
        ...(concurrency ? { concurrency } : {}),
        isEligible: (key) => barrier.isPassed(key),
        heldUntil: () => barrier.heldUntil(),
        async reconcile(key, { signal, log: reconcileLog }) {
          const parent = parents.store.get(key.namespace, key.name);
          // Gone or going: its children are the garbage collector's (R7).
          if (!parent || parent.metadata?.deletionTimestamp !== undefined) return undefined;
          const snapshot = await definition.observe(parent, { store, signal });
          const now = clock.now();
          const plan = definition.plan(snapshot, now);
          await executePlan(definition as never, parent, plan, now, {
            client,
            store,
            wrote: (resource, childKey, version) => wrote(key, resource, childKey, version),
            events,
            metrics,
            log: reconcileLog,
            signal,
          });
          return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
        },
      });
      parents.onChange((change) => {
        const { object } = change;
        const old = change.kind === 'upsert' ? change.old : undefined;
        controller.enqueue(
          keyOf(object),
          old ? 'changed' : change.kind === 'delete' ? 'deleted' : 'appeared',
        );
      });
      for (const { resource, labelSelector } of definition.owns) {
        informer(resource, labelSelector).onChange(({ kind, object }) => {
          const owner = controllerOf(object);
          if (owner?.kind !== definition.resource.kind) return;
          controller.enqueue(
            {
              ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
              name: owner.name,
            },
            `${resource.kind} ${object.metadata?.name ?? ''} ${kind === 'delete' ? 'deleted' : 'changed'}`,
          );
        });
      }
      for (const { resource, labelSelector, parentsOf } of definition.reads ?? []) {
        informer(resource, labelSelector).onChange((change) => {
          const { object } = change;
          for (const key of parentsOf(object, change.kind === 'upsert' ? change.old : undefined)) {
            controller.enqueue(key, `${resource.kind} ${object.metadata?.name ?? ''} changed`);
          }
        });
      }
      controllers.push({
        controller,
        enqueueAll: (reason) =>
          parents.store.all().forEach((parent) => controller.enqueue(keyOf(parent), reason)),
      });
    },
    async run(signal) {
      const servers = await startServers(options, manager, informers, ports);
      const caches = new AbortController();
      const watching = Promise.all([...informers.values()].map((entry) => entry.informer.run(caches.signal)));
      const lead = async (leading: AbortSignal): Promise<void> => {
        metrics.leader(name, true);
        leading.addEventListener('abort', () => metrics.leader(name, false), { once: true });
        // Work begins when the caches are full: a half-filled one would show children as missing.
        await Promise.race([synced, aborted(leading)]);
        if (leading.aborted) return;
        for (const { enqueueAll } of controllers) enqueueAll('start');
        log.info('working');
        await Promise.all(controllers.map(({ controller }) => controller.run(leading)));
        await events.flush();
      };
      try {
        if (elector) await elector.run(signal, lead);
        else await lead(signal);
      } finally {
        caches.abort();
        await watching;
        await Promise.all(servers.map((server) => server.close()));
        await client.close();
      }
      log.info('stopped');
    },
  };
  return manager;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function startServers(
  { metricsAddress, probesAddress }: ManagerOptions,
  manager: Manager,
  informers: ReadonlyMap<string, { informer: Informer }>,
  ports: { metrics?: number; probes?: number },
): Promise<RunningServer[]> {
  const servers: RunningServer[] = [];
  if (metricsAddress) {
    const registry = manager.metrics.registry;
    const server = await serve({
      address: metricsAddress,
      routes: {
        '/metrics': async () => ({
          status: 200,
          contentType: registry.contentType,
          body: await registry.metrics(),
        }),
      },
    });
    ports.metrics = server.port;
    servers.push(server);
  }
  if (probesAddress) {
    const server = await serve({
      address: probesAddress,
      routes: {
        '/healthz': () => ({ status: 200, body: 'ok\n' }),
        '/readyz': () => readiness([...informers.values()].flatMap((entry) => entry.informer.health())),
      },
    });
    ports.probes = server.port;
    servers.push(server);
  }
  return servers;
}
