import { OperatorError, isNotFound } from '../errors/index.ts';
import {
  type ApplyOptions,
  type CallOptions,
  type DeleteOptions,
  type EvictOptions,
  type GetOptions,
  type ListOptions,
  type WatchOptions,
  type WriteOptions,
} from './call-options.ts';
import { createClientCalls } from './client-calls.ts';
import { type Impersonation } from './cluster-config.ts';
import { findServerResource, type ServerResource } from './discovery.ts';
import { type Transport } from './http-request.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey } from './kube-object.ts';
import { type Applied, type JsonPatchOperation, type MergePatch } from './patch.ts';
import { queryOf } from './query.ts';
import { apiVersionOf, pathOf, resources, resourceText, type Resource } from './resource.ts';

/** One page of a list, or all of it. */
export interface List<T> {
  items: T[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

/** Typed calls to one API server. All throw OperatorError. `apiVersion` and `kind` of what is written come from the resource. */
export interface KubeClient {
  /** Name under which this client's fields are owned. */
  readonly fieldManager: string;
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: GetOptions): Promise<T>;
  /** As `get`, but undefined when there is no such object. */
  find<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<List<T>>;
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options?: Omit<WriteOptions, 'subresource'>,
  ): Promise<T>;
  /** Replaces; `metadata.resourceVersion`, when set, is the precondition. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply of exactly the fields that this field manager wants to own. */
  apply<T extends KubeObject>(
    resource: Resource<T>,
    object: Applied<NoInfer<T>>,
    options?: ApplyOptions,
  ): Promise<T>;
  /** RFC 7386. `metadata.uid` and `metadata.resourceVersion` in the patch are preconditions. */
  mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: MergePatch<NoInfer<T>> | MergePatch<KubeObject>,
    options?: WriteOptions,
  ): Promise<T>;
  /** RFC 6902. A `test` of `/metadata/resourceVersion` is a precondition. */
  jsonPatch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: readonly JsonPatchOperation[],
    options?: WriteOptions,
  ): Promise<T>;
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** Posts to a sub-resource of one object, such as `serviceaccounts/NAME/token`, and gives the answer. */
  createSubresource<Answer>(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: object,
    options?: Omit<WriteOptions, 'subresource'>,
  ): Promise<Answer>;
  /**
   * Asks to delete a pod as far as its disruption budget allows; `throttled` when it does not now. Never retried
   * here: whether to wait is the caller's to say.
   */
  evict(pod: ObjectKey, options?: EvictOptions): Promise<void>;
  /** Lines of a watch as they come. Ends when the server ends it. */
  watch(resource: Resource, options: WatchOptions): Promise<AsyncIterable<Buffer>>;
  /** What the server says of this kind at this version; undefined when it does not serve it (no CRD). */
  serverResource(resource: Resource, options?: CallOptions): Promise<ServerResource | undefined>;
  /** The same client acting as somebody else, over the same connections. Closing it closes nothing. */
  impersonate(who: Impersonation): KubeClient;
  close(): Promise<void>;
}

/** Over which transport, under which name, and what holds writes back. */
export interface KubeClientOptions {
  transport: Transport;
  fieldManager: string;
  /**
   * Called before every write, and again at each try when its bytes are about to leave; throws to hold it back (a
   * lost leadership).
   */
  beforeWrite?: () => void;
  /**
   * Asked at the start of every write. Its abort ends the write as `fenced` and resets the connection: bytes that
   * the kernel still holds never arrive (the term that allowed them is over).
   */
  writeSignal?: () => AbortSignal;
  /** Act as somebody else in every call. */
  impersonate?: Impersonation;
}

const listTimeoutMs = 30_000;

const metadataOnly = (kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string =>
  `application/json;as=${kind};g=meta.k8s.io;v=v1`;

/** With a precondition, a second try after a lost answer would only meet the first one's success. */
const isRepeatable = (object: KubeObject): boolean => object.metadata?.resourceVersion === undefined;

/**
 * A precondition that no object meets, since etcd counts its first write as 2, and that does not count for an object
 * that is made: POST's atomicity for server-side apply. No server says so in its manual; a test asks the real one.
 */
const asNew = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: '1' },
});

/** A client on a transport that others may share. Throws `bad-configuration` without a field manager. */
export function createKubeClient(clientOptions: KubeClientOptions): KubeClient {
  const { transport, fieldManager } = clientOptions;
  if (!fieldManager)
    throw new OperatorError('bad-configuration', 'a client needs the name of its field manager');
  const what = (verb: string, resource: Resource, key: Partial<ObjectKey>, subresource?: string): string =>
    `${verb} ${resourceText(resource)}${subresource ? `/${subresource}` : ''} ${key.name ? keyText(key as ObjectKey) : (key.namespace ?? '')}`.trimEnd();
  const inNamespace = ({ namespace }: { namespace?: string }) => (namespace ? { namespace } : {});

  const { read, write, stream } = createClientCalls(clientOptions);
  const writeQuery = (options: ApplyOptions = {}): string =>
    queryOf({
      fieldManager,
      force: options.force,
      dryRun: options.dryRun ? 'All' : undefined,
      fieldValidation: options.fieldValidation,
    });
  const kinded = <T extends object>(resource: Resource, object: T) => ({
    ...object,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  });
  const patch = <T extends KubeObject>(
    verb: 'apply' | 'patch',
    contentType: string,
    resource: Resource<T>,
    key: ObjectKey,
    body: unknown,
    options?: ApplyOptions,
    idempotent = false,
  ): Promise<T> =>
    write(
      {
        method: 'PATCH',
        path: pathOf(resource, key, options?.subresource) + writeQuery(options),
        contentType: `application/${contentType}`,
        body,
        idempotent,
        what: what(verb, resource, key, options?.subresource),
      },
      options,
    );
  const deleteBody = (options: DeleteOptions, propagation?: string) => ({
    ...(propagation ? { propagationPolicy: propagation } : {}),
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
    preconditions: {
      ...(options.uid ? { uid: options.uid } : {}),
      ...(options.resourceVersion ? { resourceVersion: options.resourceVersion } : {}),
    },
  });

  const client: KubeClient = {
    fieldManager,
    get: (resource, key, options = {}) =>
      read(
        {
          path:
            pathOf(resource, key, options.subresource) +
            queryOf({ resourceVersion: options.resourceVersion }),
          ...(options.metadataOnly ? { accept: metadataOnly('PartialObjectMetadata') } : {}),
          what: what('get', resource, key, options.subresource),
        },
        options,
      ),
    find: (resource, key, options) =>
      client.get(resource, key, options).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) {
      const answer = await read<{ items: T[] | null; metadata: List<T>['metadata'] }>(
        {
          path:
            pathOf(resource, inNamespace(options)) +
            queryOf({
              labelSelector: options.labelSelector,
              fieldSelector: options.fieldSelector,
              limit: options.limit,
              continue: options.continue,
              resourceVersion: options.resourceVersion,
              resourceVersionMatch: options.resourceVersionMatch,
            }),
          ...(options.metadataOnly ? { accept: metadataOnly('PartialObjectMetadataList') } : {}),
          ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
          what: what('list', resource, inNamespace(options)),
        },
        options,
        listTimeoutMs,
      );
      return { items: answer.items ?? [], metadata: answer.metadata };
    },
    create: (resource, object, options) =>
      write(
        {
          method: 'POST',
          path: pathOf(resource, inNamespace(keyOf(object))) + writeQuery(options),
          body: kinded(resource, object),
          idempotent: false,
          what: what('create', resource, keyOf(object)),
        },
        options,
      ),
    update: (resource, object, options) =>
      write(
        {
          method: 'PUT',
          path: pathOf(resource, keyOf(object), options?.subresource) + writeQuery(options),
          body: kinded(resource, object),
          idempotent: isRepeatable(object),
          what: what('update', resource, keyOf(object), options?.subresource),
        },
        options,
      ),
    apply: (resource, object, options) =>
      patch(
        'apply',
        'apply-patch+yaml',
        resource,
        keyOf(object as KubeObject),
        kinded(resource, options?.onlyCreate ? asNew(object as KubeObject) : object),
        options,
        // Who only makes it has to look at what is there after a conflict anyway: a second try harms nothing.
        options?.onlyCreate === true || isRepeatable(object as KubeObject),
      ),
    mergePatch: (resource, key, body, options) =>
      patch('patch', 'merge-patch+json', resource, key, body, options),
    jsonPatch: (resource, key, body, options) =>
      patch('patch', 'json-patch+json', resource, key, body, options),
    async delete(resource, key, options = {}) {
      await write(
        {
          method: 'DELETE',
          path: pathOf(resource, key),
          body: {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            ...deleteBody(options, options.propagation ?? 'Background'),
          },
          // Bound to one UID a second delete finds nothing; without one it could hit a namesake.
          idempotent: options.uid !== undefined,
          what: what('delete', resource, key),
        },
        options,
      );
    },
    createSubresource: (resource, key, subresource, body, options) =>
      write(
        {
          method: 'POST',
          path: pathOf(resource, key, subresource) + writeQuery(options),
          body,
          idempotent: false,
          ...(subresource === 'eviction' ? { isOwnRefusal: true } : {}),
          what: what('create', resource, key, subresource),
        },
        options,
      ),
    async evict(pod, options = {}) {
      await client.createSubresource(
        resources.pods,
        pod,
        'eviction',
        {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { ...inNamespace(pod), name: pod.name },
          deleteOptions: deleteBody(options),
        },
        { ...options, retry: false },
      );
    },
    watch: (resource, options) =>
      stream(
        {
          path:
            pathOf(resource, inNamespace(options)) +
            queryOf({
              watch: true,
              allowWatchBookmarks: true,
              resourceVersion: options.resourceVersion,
              resourceVersionMatch: options.resourceVersionMatch,
              sendInitialEvents: options.sendInitialEvents,
              timeoutSeconds: options.timeoutSeconds,
              labelSelector: options.labelSelector,
              fieldSelector: options.fieldSelector,
            }),
          ...(options.metadataOnly ? { accept: metadataOnly('PartialObjectMetadata') } : {}),
          what: what('watch', resource, inNamespace(options)),
        },
        options,
      ),
    serverResource: (resource, options) =>
      findServerResource(resource, (path) =>
        read({ path, what: `discover ${resourceText(resource)}` }, options),
      ),
    impersonate: (who) => ({
      ...createKubeClient({ ...clientOptions, impersonate: who }),
      close: () => Promise.resolve(),
    }),
    close: () => transport.close(),
  };
  return client;
}
