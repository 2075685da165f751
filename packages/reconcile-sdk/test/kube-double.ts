import {
  createKubeClient,
  keyText,
  type HttpRequest,
  type KubeClient,
  type KubeObject,
  type Transport,
} from '../src/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { createPushStream } from './push-stream.ts';

/** As the real one, it does not count what identifies an object among the fields that were applied. */
function applied({ apiVersion: _apiVersion, kind: _kind, metadata, ...fields }: KubeObject): object {
  const {
    name: _name,
    namespace: _namespace,
    uid: _uid,
    resourceVersion: _version,
    ...rest
  } = metadata ?? {};
  return { ...fields, metadata: rest };
}

/**
 * The least API server that unit tests of the SDK need: objects by path, resourceVersions, preconditions, watches
 * fed by hand. Everything true to the real one is tested against the real one.
 */
export interface KubeDouble {
  client: KubeClient;
  objects: Map<string, KubeObject>;
  /** Requests that were answered, oldest first. */
  requests: HttpRequest[];
  /** Puts an object as some other actor would. */
  put(path: string, object: KubeObject): KubeObject;
  /** Thrown by the next request that matches. */
  failNext(matches: (request: HttpRequest) => boolean, error: OperatorError): void;
  /** Watches that are open: push a line, end or break them. */
  watches: { request: HttpRequest; push(event: object): void; end(): void; fail(error: Error): void }[];
}

export function createKubeDouble(
  options: { fieldManager?: string; beforeWrite?: () => void } = {},
): KubeDouble {
  const objects = new Map<string, KubeObject>();
  const requests: HttpRequest[] = [];
  const failures: { matches: (request: HttpRequest) => boolean; error: OperatorError }[] = [];
  const watches: KubeDouble['watches'] = [];
  let version = 100;
  let uids = 0;
  const fieldManager = options.fieldManager ?? 'test';

  function put(path: string, object: KubeObject): KubeObject {
    const stored = structuredClone({
      ...object,
      metadata: { uid: `uid-${++uids}`, ...object.metadata, resourceVersion: String(++version) },
    });
    objects.set(path, stored);
    return stored;
  }
  const notFound = (request: HttpRequest) =>
    new OperatorError('not-found', `${request.what}: not found`, { httpStatus: 404 });
  const conflict = (request: HttpRequest) =>
    new OperatorError('conflict', `${request.what}: precondition`, { httpStatus: 409 });

  function answer(request: HttpRequest): unknown {
    requests.push(request);
    const failure = failures.findIndex(({ matches }) => matches(request));
    if (failure >= 0) throw failures.splice(failure, 1)[0]!.error;
    const [path = '', query = ''] = request.path.split('?');
    const isStatus = path.endsWith('/status');
    const objectPath = isStatus ? path.slice(0, -'/status'.length) : path;
    const held = objects.get(objectPath);
    const body = request.body as
      (KubeObject & { preconditions?: { uid?: string; resourceVersion?: string } }) | undefined;
    switch (request.method) {
      case 'GET': {
        if (held) return structuredClone(held);
        const isCollection =
          /\/[a-z]+$/.test(path) && [...objects.keys()].some((key) => key.startsWith(`${path}/`));
        if (!isCollection && !query) throw notFound(request);
        const items = [...objects]
          .filter(([key]) => key.startsWith(`${path}/`))
          .map(([, value]) => structuredClone(value));
        return { items, metadata: { resourceVersion: String(version) } };
      }
      case 'POST': {
        const name = `${path}/${body?.metadata?.name}`;
        if (objects.has(name))
          throw new OperatorError('already-exists', `${request.what}: exists`, { httpStatus: 409 });
        return put(name, body ?? {});
      }
      case 'PUT':
        if (!held) throw notFound(request);
        if (
          body?.metadata?.resourceVersion &&
          body.metadata.resourceVersion !== held.metadata?.resourceVersion
        )
          throw conflict(request);
        return put(objectPath, body ?? {});
      case 'PATCH': {
        if (body?.metadata?.uid && body.metadata.uid !== held?.metadata?.uid) throw conflict(request);
        if (
          held &&
          body?.metadata?.resourceVersion &&
          body.metadata.resourceVersion !== held.metadata?.resourceVersion
        )
          throw conflict(request);
        const merged = isStatus
          ? { ...held, status: (body as { status?: object }).status }
          : { ...held, ...body, metadata: { ...held?.metadata, ...body?.metadata } };
        if (!isStatus && request.contentType?.includes('apply')) {
          const fields = (value: unknown): object =>
            typeof value === 'object' && value !== null && !Array.isArray(value)
              ? Object.fromEntries(Object.entries(value).map(([key, child]) => [`f:${key}`, fields(child)]))
              : {};
          merged.metadata = {
            ...merged.metadata,
            managedFields: [
              { manager: fieldManager, operation: 'Apply', fieldsV1: fields(applied(body ?? {})) },
            ],
          };
        }
        return put(objectPath, merged);
      }
      case 'DELETE':
        if (!held) throw notFound(request);
        if (body?.preconditions?.uid && body.preconditions.uid !== held.metadata?.uid)
          throw conflict(request);
        if (
          body?.preconditions?.resourceVersion &&
          body.preconditions.resourceVersion !== held.metadata?.resourceVersion
        )
          throw conflict(request);
        objects.delete(objectPath);
        return { kind: 'Status', metadata: { name: keyText({ name: path }) } };
    }
  }

  const transport: Transport = {
    request: async (request) => {
      await Promise.resolve();
      request.signal?.throwIfAborted();
      return answer(request);
    },
    stream: (request) => {
      requests.push(request);
      const stream = createPushStream();
      request.signal?.addEventListener('abort', () => stream.fail(new Error('aborted')));
      watches.push({
        request,
        push: (event) => stream.push(Buffer.from(`${JSON.stringify(event)}\n`)),
        end: stream.end,
        fail: stream.fail,
      });
      return Promise.resolve(stream.read());
    },
    close: () => Promise.resolve(),
  };
  return {
    client: createKubeClient({
      transport,
      fieldManager,
      ...(options.beforeWrite ? { beforeWrite: options.beforeWrite } : {}),
    }),
    objects,
    requests,
    put,
    failNext: (matches, error) => void failures.push({ matches, error }),
    watches,
  };
}
