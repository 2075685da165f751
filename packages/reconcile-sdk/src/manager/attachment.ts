import { type Change, type Informer, type InformerHandle, type ReadStore } from '../cache/index.ts';
import { type Cluster } from '../cluster/index.ts';
import {
  keyOf,
  keyText,
  resourceText,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../client/index.ts';
import { trackWrites, untilSeen, type Controller, type ReconcileContext } from '../controller/index.ts';
import { OperatorError } from '../errors/index.ts';
import { parentKeyOf } from '../plan/index.ts';
import { priorities } from '../queue/index.ts';
import { type ControllerDefinition } from './definition.ts';
import { tracedMoment } from '../tracing/index.ts';
import { describeChange } from './describe-change.ts';

/** One controller at work in one cluster: its watches there, and what they wake. */
export interface Attachment {
  readonly cluster: Cluster;
  /** Resolves when its caches are full; from then on changes wake keys. Rejects when the signal aborts first. */
  ready(signal: AbortSignal): Promise<void>;
  store<T extends KubeObject>(resource: Resource<T>): ReadStore<T>;
  /** The cluster's client, whose writes hold the key of this reconcile until the caches here have them. */
  clientFor(context: ReconcileContext): KubeClient;
  /** Wakes every key that exists. */
  wakeAll(why: string): void;
  /** Ends the watches that nobody else needs, and forgets the keys. */
  detach(): void;
}

type Watches = Pick<
  ControllerDefinition,
  'name' | 'resource' | 'labelSelector' | 'owns' | 'reads' | 'concerns'
>;

export function attach(definition: Watches, cluster: Cluster, controller: Controller): Attachment {
  const handles = new Map<
    string,
    { handle: InformerHandle<KubeObject>; labelSelector: string | undefined }
  >();
  const removers: (() => void)[] = [];
  let isLive = false;

  function acquire(resource: Resource, labelSelector: string | undefined): Informer<KubeObject> {
    const text = resourceText(resource);
    const known = handles.get(text);
    if (known) {
      if (known.labelSelector === labelSelector) return known.handle.informer;
      // Whoever asks for the store of this kind could not tell which of the two is meant.
      throw new OperatorError(
        'bad-configuration',
        `${definition.name} watches ${text} with two different label selectors`,
      );
    }
    const handle = cluster.informers.acquire({ resource, ...(labelSelector ? { labelSelector } : {}) });
    handles.set(text, { handle, labelSelector });
    return handle.informer;
  }

  const here = (key: ObjectKey): ObjectKey =>
    cluster.name === undefined ? key : { ...key, cluster: cluster.name };

  function wake(key: ObjectKey, text: string, change: Change<KubeObject>, isParent: boolean): void {
    if (!isLive) return;
    const resourceVersion = isParent ? change.object.metadata?.resourceVersion : undefined;
    const link = tracedMoment('change', () => ({
      'k8s.kind': change.object.kind ?? '',
      'k8s.object': keyText(keyOf(change.object)),
    }));
    controller.enqueue(
      here(key),
      {
        text,
        ...(link ? { link } : {}),
        receivedAt: change.receivedAt,
        ...(resourceVersion ? { resourceVersion } : {}),
      },
      { priority: change.initial ? priorities.initial : priorities.normal },
    );
  }

  function on(informer: Informer<KubeObject>, listener: (change: Change<KubeObject>) => void): void {
    removers.push(informer.onChange(listener));
  }

  const parents = acquire(definition.resource, definition.labelSelector);
  on(parents, (change) => {
    const old = change.kind === 'upsert' ? change.old : undefined;
    if (change.kind === 'upsert' && definition.concerns?.(change.object, old) === false) return;
    wake(keyOf(change.object), describeChange(change), change, true);
  });
  for (const { resource, labelSelector } of definition.owns ?? []) {
    on(acquire(resource, labelSelector), (change) => {
      const parent = parentKeyOf(definition.resource, change.object);
      if (!parent) return;
      wake(
        parent,
        `${resource.kind} ${change.object.metadata?.name} ${describeChange(change)}`,
        change,
        false,
      );
    });
  }
  for (const { resource, labelSelector, parentsOf } of definition.reads ?? []) {
    on(acquire(resource, labelSelector), (change) => {
      if (!isLive) return;
      for (const key of parentsOf(change.object, change.kind === 'upsert' ? change.old : undefined)) {
        wake(
          key,
          `${resource.kind} ${change.object.metadata?.name} ${describeChange(change)}`,
          change,
          false,
        );
      }
    });
  }

  const attachment: Attachment = {
    cluster,
    async ready(signal) {
      await Promise.all([...handles.values()].map(({ handle }) => handle.informer.waitForSync(signal)));
      isLive = true;
    },
    store<T extends KubeObject>(resource: Resource<T>) {
      const watched = handles.get(resourceText(resource));
      if (!watched) {
        throw new OperatorError(
          'bad-configuration',
          `${definition.name} looks at ${resourceText(resource)} but does not declare it in owns or reads`,
        );
      }
      return watched.handle.informer.store as unknown as ReadStore<T>;
    },
    clientFor: (context) =>
      trackWrites(
        cluster.client,
        untilSeen((resource) => handles.get(resourceText(resource))?.handle.informer, context.wrote),
      ),
    wakeAll(why) {
      if (!isLive) return;
      for (const object of parents.store.all()) {
        controller.enqueue(here(keyOf(object)), why, { priority: priorities.initial });
      }
    },
    detach() {
      isLive = false;
      removers.forEach((remove) => remove());
      for (const { handle } of handles.values()) handle.release();
      controller.drop((key) => key.cluster === cluster.name);
    },
  };
  return attachment;
}
