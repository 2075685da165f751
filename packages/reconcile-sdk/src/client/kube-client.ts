import { type Transport } from './transport.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey } from './kube-object.ts';
import { apiVersionOf, pathOf, resourceText, type Resource } from './resource.ts';
import { isNotFound } from '../errors/index.ts';

export interface CallOptions {
  signal?: AbortSignal;
  /** Default 10 s, retries included. */
  timeoutMs?: number;
}

export interface Selection {
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ListOptions extends CallOptions, Selection {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

export interface List<T> {
  items: T[];
  metadata: { resourceVersion: string; continue?: string };
}

export interface WriteOptions extends CallOptions {
  subresource?: 'status' | 'scale';
  /** The server checks and answers, and keeps nothing. */
  dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  /** Take over fields that another manager owns. */
  force?: boolean;
}

/** Nothing is deleted but the object that was seen: R1. */
export interface DeleteOptions extends CallOptions {
  uid?: string;
  resourceVersion?: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

/** Typed calls to one API server. All throw OperatorError. `apiVersion` and `kind` of what is written come from the resource. */
export interface KubeClient {
  /** Name under which this client's fields are owned. */
  readonly fieldManager: string;
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions): Promise<T>;
  /** As `get`, but undefined when there is no such object. */
  find<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<List<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces; `metadata.resourceVersion`, when set, is the precondition. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply of exactly the fields that this field manager wants to own. */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, options?: ApplyOptions): Promise<T>;
  /** RFC 7386. `metadata.uid` and `metadata.resourceVersion` in the patch are preconditions. */
  mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: object,
    options?: WriteOptions,
  ): Promise<T>;
  /** RFC 6902. */
  jsonPatch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: readonly { op: string; path: string; value?: unknown; from?: string }[],
    options?: WriteOptions,
  ): Promise<T>;
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** Lines of a watch as they come. Ends when the server ends it. */
  watch(resource: Resource, options: WatchOptions): Promise<AsyncIterable<Buffer>>;
  close(): Promise<void>;
}

export interface WatchOptions extends Selection {
  resourceVersion: string;
  timeoutSeconds: number;
  signal: AbortSignal;
}

export interface KubeClientOptions {
  transport: Transport;
  fieldManager: string;
  /** Called before every write; throws to hold it back (a lost leadership). */
  beforeWrite?: () => void;
}

const defaultTimeoutMs = 10_000;

export function createKubeClient({ transport, fieldManager, beforeWrite }: KubeClientOptions): KubeClient {
  type Verb = 'get' | 'list' | 'create' | 'update' | 'apply' | 'patch' | 'delete';
  const what = (verb: Verb, resource: Resource, key: Partial<ObjectKey>): string =>
    `${verb} ${resourceText(resource)} ${key.name ? keyText(key as ObjectKey) : (key.namespace ?? '')}`.trimEnd();
  const timing = (options: CallOptions | undefined) => ({
    timeoutMs: options?.timeoutMs ?? defaultTimeoutMs,
    ...(options?.signal ? { signal: options.signal } : {}),
  });
  const query = (values: Record<string, string | number | boolean | undefined>): string => {
    const set = Object.entries(values).filter(
      ([, value]) => value !== undefined && value !== false && value !== '',
    );
    return set.length
      ? `?${set.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join('&')}`
      : '';
  };

  function write<T extends KubeObject>(
    verb: Verb,
    method: 'POST' | 'PUT' | 'PATCH',
    resource: Resource<T>,
    key: ObjectKey,
    body: unknown,
    how: { contentType?: string; idempotent: boolean; options: ApplyOptions | undefined },
  ): Promise<T> {
    beforeWrite?.();
    const path = pathOf(
      resource,
      method === 'POST' ? { ...(key.namespace ? { namespace: key.namespace } : {}) } : key,
      how.options?.subresource,
    );
    return transport.request({
      method,
      path:
        path +
        query({ fieldManager, force: how.options?.force, dryRun: how.options?.dryRun ? 'All' : undefined }),
      ...(how.contentType ? { contentType: how.contentType } : {}),
      body,
      idempotent: how.idempotent,
      what: what(verb, resource, key),
      ...timing(how.options),
    }) as Promise<T>;
  }
  const kinded = <T extends KubeObject>(resource: Resource<T>, object: T) => ({
    ...object,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  });

  const client: KubeClient = {
    fieldManager,
    get: <T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions) =>
      transport.request({
        method: 'GET',
        path: pathOf(resource, key),
        idempotent: true,
        what: what('get', resource, key),
        ...timing(options),
      }) as Promise<T>,
    find: (resource, key, options) =>
      client.get(resource, key, options).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) {
      const answer = (await transport.request({
        method: 'GET',
        path:
          pathOf(resource, options.namespace ? { namespace: options.namespace } : {}) +
          query({
            labelSelector: options.labelSelector,
            fieldSelector: options.fieldSelector,
            limit: options.limit,
            continue: options.continue,
            resourceVersion: options.resourceVersion,
          }),
        idempotent: true,
        what: what('list', resource, options.namespace ? { namespace: options.namespace } : {}),
        timeoutMs: options.timeoutMs ?? 30_000,
        ...(options.signal ? { signal: options.signal } : {}),
      })) as { items: T[] | null; metadata: List<T>['metadata'] };
      return { items: answer.items ?? [], metadata: answer.metadata };
    },
    create: (resource, object, options) =>
      write('create', 'POST', resource, keyOf(object), kinded(resource, object), {
        idempotent: false,
        options,
      }),
    update: (resource, object, options) =>
      write('update', 'PUT', resource, keyOf(object), kinded(resource, object), {
        // With a precondition, a second try after a lost answer would only meet the first one's success.
        idempotent: object.metadata?.resourceVersion === undefined,
        options,
      }),
    apply: (resource, object, options) =>
      write('apply', 'PATCH', resource, keyOf(object), kinded(resource, object), {
        contentType: 'application/apply-patch+yaml',
        idempotent: true,
        options,
      }),
    mergePatch: (resource, key, patch, options) =>
      write('patch', 'PATCH', resource, key, patch, {
        contentType: 'application/merge-patch+json',
        idempotent: false,
        options,
      }),
    jsonPatch: (resource, key, patch, options) =>
      write('patch', 'PATCH', resource, key, patch, {
        contentType: 'application/json-patch+json',
        idempotent: false,
        options,
      }),
    async delete(resource, key, options = {}) {
      beforeWrite?.();
      await transport.request({
        method: 'DELETE',
        path: pathOf(resource, key),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: options.propagation ?? 'Background',
          ...(options.gracePeriodSeconds === undefined
            ? {}
            : { gracePeriodSeconds: options.gracePeriodSeconds }),
          preconditions: {
            ...(options.uid ? { uid: options.uid } : {}),
            ...(options.resourceVersion ? { resourceVersion: options.resourceVersion } : {}),
          },
        },
        // Bound to one UID a second delete finds nothing; without one it could hit a namesake.
        idempotent: options.uid !== undefined,
        what: what('delete', resource, key),
        ...timing(options),
      });
    },
    watch: (resource, options) =>
      transport.stream({
        method: 'GET',
        path:
          pathOf(resource, options.namespace ? { namespace: options.namespace } : {}) +
          query({
            watch: true,
            allowWatchBookmarks: true,
            resourceVersion: options.resourceVersion,
            timeoutSeconds: options.timeoutSeconds,
            labelSelector: options.labelSelector,
            fieldSelector: options.fieldSelector,
          }),
        idempotent: true,
        what: `watch ${resourceText(resource)}`,
        timeoutMs: 30_000,
        signal: options.signal,
      }),
    close: () => transport.close(),
  };
  return client;
}
