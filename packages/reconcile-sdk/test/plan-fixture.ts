import {
  defineResource,
  pathOf,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../src/client/index.ts';
import { createStore } from '../src/cache/store.ts';
import {
  previewPlan,
  reconcilePlan,
  type AppliedChild,
  type ExecuteResult,
  type Parent,
  type Plan,
  type PlanDefinition,
  type Preview,
  type ReconcileInput,
} from '../src/plan/index.ts';
import { type Condition } from '../src/status/index.ts';
import { createKubeDouble, type KubeDouble } from './kube-double.ts';
import { quietPlanContext } from './quiet-plan-context.ts';

export interface ThingStatus {
  note?: string;
  waiting?: string[];
  conditions?: Condition[] | undefined;
}
export type Thing = Parent & { status?: ThingStatus };
export type ThingDefinition = PlanDefinition<Thing, Thing, ThingStatus>;
export const things = defineResource<Thing>('example.com', 'v1', 'Thing', 'things');
const thingKey: ObjectKey = { namespace: 'ns', name: 't' };

/** One parent, a server that knows the least, caches that hold what it holds, and a clock that stands still. */
export interface Bench {
  kube: KubeDouble;
  now: number;
  events: string[];
  applied: AppliedChild[];
  /** What was applied, as it was sent. */
  sent: KubeObject[];
  /** Which objects the caches know; all. */
  isCached: (path: string) => boolean;
  /** Called around every write; throws to end the process there. */
  onWrite?: (when: 'before' | 'after') => void;
  thing(): Thing;
  /** As some other actor would. */
  put(resource: Resource, key: ObjectKey, object?: KubeObject): KubeObject;
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | undefined;
  remove(resource: Resource, key: ObjectKey): void;
  change(resource: Resource, key: ObjectKey, change: (object: KubeObject) => KubeObject): void;
  look(definition: ThingDefinition): Promise<{ writes: string[]; result?: ExecuteResult; error?: Error }>;
  preview(definition: ThingDefinition, serverDryRun?: boolean): Promise<Preview>;
}

/** A definition whose plan is given: what is not said is nothing. */
export function definitionOf(
  plan: Plan<ThingStatus>['children'] | ((thing: Thing) => Plan<ThingStatus>),
  more: Partial<ThingDefinition> = {},
): ThingDefinition {
  return {
    name: 'thing',
    resource: things,
    owns: [],
    observe: (thing) => thing,
    plan: (thing) => (typeof plan === 'function' ? plan(thing) : { children: plan, status: {} }),
    withProblems: (status, problems) => ({
      ...status,
      note: problems.map(({ reason, message }) => `${reason}: ${message}`).join('\n'),
    }),
    ...more,
  };
}

export function createBench(metadata: Thing['metadata'] = {}): Bench {
  const kube = createKubeDouble({ fieldManager: 'test' });
  kube.put(pathOf(things, thingKey), {
    kind: 'Thing',
    apiVersion: 'example.com/v1',
    metadata: { ...thingKey, generation: 1, creationTimestamp: '2030-01-01T00:00:00Z', ...metadata },
  });
  async function write<T>(happen: () => Promise<T>): Promise<T> {
    bench.onWrite?.('before');
    const result = await happen();
    bench.onWrite?.('after');
    return result;
  }
  const { mergePatch, apply, create, delete: remove } = kube.client;
  const client: KubeDouble['client'] = {
    ...kube.client,
    mergePatch: (resource, key, patch, options) => write(() => mergePatch(resource, key, patch, options)),
    apply(resource, object, options) {
      bench.sent.push(object as KubeObject);
      return write(() => apply(resource, object, options));
    },
    // The double only lists one namespace.
    list: <T extends KubeObject>(resource: Resource<T>) =>
      Promise.resolve({
        items: [...kube.objects]
          .filter(([path]) => new RegExp(`/${resource.plural}/[^/]+$`).test(path))
          .map(([, object]) => structuredClone(object) as T),
        metadata: { resourceVersion: '1' },
      }),
    create: (resource, object, options) => write(() => create(resource, object, options)),
    delete: (resource, key, options) => write(() => remove(resource, key, options)),
  };
  const bench: Bench = {
    kube,
    now: Date.UTC(2030, 0, 1, 1),
    events: [],
    applied: [],
    sent: [],
    isCached: () => true,
    thing: () => bench.get(things, thingKey)!,
    put: (resource, key, object = {}) =>
      kube.put(pathOf(resource, key), {
        kind: resource.kind,
        ...object,
        metadata: { creationTimestamp: '2030-01-01T00:30:00Z', ...object.metadata, ...key },
      }),
    get: <T extends KubeObject>(resource: Resource<T>, key: ObjectKey) =>
      kube.objects.get(pathOf(resource, key)) as T | undefined,
    remove: (resource, key) => void kube.objects.delete(pathOf(resource, key)),
    change(resource, key, change) {
      const held = structuredClone(bench.get(resource, key)!);
      bench.put(resource, key, change(held));
    },
    async look(definition) {
      const before = kube.requests.length;
      const writes = (): string[] =>
        kube.requests
          .slice(before)
          .filter(({ method }) => method !== 'GET')
          .map(({ what }) => what);
      try {
        const result = await reconcilePlan(definition, bench.thing(), context());
        return { writes: writes(), result };
      } catch (error) {
        return { writes: writes(), error: error as Error };
      }
    },
    preview: (definition, serverDryRun) =>
      previewPlan(definition, bench.thing(), context(), { serverDryRun: serverDryRun ?? false }),
  };
  const context = (): ReconcileInput => ({
    ...quietPlanContext(),
    client,
    store: <T extends KubeObject>(resource: Resource<T>) => {
      const store = createStore<T>({ keepFieldsOf: 'test' });
      const collection = new RegExp(`/${resource.plural}/[^/]+$`);
      for (const [path, object] of kube.objects) {
        if (collection.test(path) && bench.isCached(path)) store.upsert(structuredClone(object) as T);
      }
      return { ...store, by: () => [] };
    },
    events: {
      record: (_, { type, reason, note }) => void bench.events.push(`${type} ${reason}: ${note}`),
      flush: () => Promise.resolve(),
    },
    onApplied: (applied) => void bench.applied.push(applied),
    now: bench.now,
  });
  return bench;
}

export const mapKey = (name: string, namespace = 'ns'): ObjectKey => ({ namespace, name });
