import {
  createController,
  createEventRecorder,
  createInformerSet,
  createKubeClient,
  createLogger,
  keyOf,
  reconcilePlan,
  trackWrites,
  untilSeen,
  type Clock,
  type Condition,
  type Informer,
  type KubeClient,
  type KubeObject,
  type Parent,
  type PlanDefinition,
  type Random,
  type Resource,
  type Transport,
} from '@stateful/reconcile-sdk';

/** One process of an operator: its caches, its queue, its plan. What createManager does, on a transport given. */
export interface OperatorProcess {
  client: KubeClient;
  /** Reconciles that have thrown. */
  failures(): number;
  /** As a crash: nothing is finished, and everything in memory is gone. */
  stop(): Promise<void>;
}

const log = createLogger({ name: 'operator', destination: { write: () => undefined } });

/** Starts one; the whole of it lives on the given clock, chance and transport. */
export function startOperator<P extends Parent, Status extends { conditions?: Condition[] | undefined }>(
  definition: PlanDefinition<P, P, Status>,
  { transport, clock, random }: { transport: Transport; clock: Clock; random: Random },
): OperatorProcess {
  const client = createKubeClient({ transport, fieldManager: definition.name });
  const informers = createInformerSet({ client, clock, random, onAdvance: () => controller.kick() });
  const stop = new AbortController();
  const parents = informers.acquire({ resource: definition.resource }).informer;
  const children = new Map<string, Informer<KubeObject>>();
  for (const { resource } of definition.owns) {
    children.set(resource.plural, informers.acquire({ resource }).informer);
  }
  const informerOf = (resource: Resource): Informer | undefined =>
    resource.plural === definition.resource.plural ? parents : children.get(resource.plural);
  const events = createEventRecorder({ client, clock, log, controller: definition.name, instance: 'one' });
  let failures = 0;

  const controller = createController({
    name: definition.name,
    clock,
    random,
    log,
    async reconcile(key, context) {
      const parent = parents.store.get(key.namespace, key.name);
      if (!parent) return undefined;
      try {
        const { requeueAfterMs } = await reconcilePlan(definition, parent, {
          // R13: not looked at again before the caches have what was written.
          client: trackWrites(client, untilSeen(informerOf, context.wrote)),
          store: <T extends KubeObject>(resource: Resource<T>) =>
            children.get(resource.plural)!.store as never,
          events,
          metrics: {
            writeMade: () => undefined,
            writeSkipped: () => undefined,
            writeChangedNothing: () => undefined,
          },
          log: context.log,
          signal: context.signal,
          now: clock.now(),
          clock,
        });
        return requeueAfterMs === undefined ? {} : { requeueAfterMs };
      } catch (error) {
        failures++;
        throw error;
      }
    },
  });
  parents.onChange(({ object }) => controller.enqueue(keyOf(object), 'parent changed'));
  for (const informer of children.values()) {
    informer.onChange(({ object }) => {
      const owner = object.metadata?.ownerReferences?.find(({ kind }) => kind === definition.resource.kind);
      const namespace = object.metadata?.namespace;
      if (owner)
        controller.enqueue({ name: owner.name, ...(namespace ? { namespace } : {}) }, 'child changed');
    });
  }
  const watching = informers.run(stop.signal);
  const working = informers.waitForSync(stop.signal).then(
    () => controller.run(stop.signal),
    () => undefined,
  );
  return {
    client,
    failures: () => failures,
    async stop() {
      stop.abort();
      await Promise.all([watching, working]);
      await transport.close();
    },
  };
}
