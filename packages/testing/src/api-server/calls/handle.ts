import { attributesOf } from '../access/attributes.ts';
import { authenticate } from '../access/authenticate.ts';
import { review } from '../access/reviews.ts';
import { administrator, type User } from '../access/user.ts';
import { type AuditEvent } from '../audit/audit-event.ts';
import { type ApiAnswer, type ApiRequest, type ApiWatch } from '../exchange.ts';
import { copyJson, isFields, type Fields, type Meta } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { noPage } from '../discovery/answer.ts';
import { createNonResource } from '../discovery/non-resource.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure, badRequest, invalid, unknownPath } from '../status.ts';
import { parsePath, type ApiPath } from './api-path.ts';
import { readDeleteOptions, remove } from './delete.ts';
import { patch } from './patch.ts';
import { formOf, present } from './present.ts';
import { find, get, list } from './read.ts';
import { scaleOf, withScale } from './scale.ts';
import { watch as openWatch } from './watch.ts';
import { insert } from './insert.ts';
import { onOtherPart } from './other-parts.ts';
import { replace } from './replace.ts';
import { type Place, type WriteOptions } from './write-options.ts';
import { tableAnswer, tableWanted, tableWatch } from '../table/table.ts';
import { mergePatch } from '../patches/merge-patch.ts';

/** Gives a request to the call that it is for. */
export function handle(state: ServerState, onAudit?: (event: AuditEvent) => void) {
  const nonResource = createNonResource(state.kinds);
  /** Answers what is thrown, and nothing but failures of the API. */
  function answering<T>(run: () => T): T | ApiAnswer {
    try {
      return run();
    } catch (error) {
      if (error instanceof ApiFailure) return { status: error.code, body: error.body };
      throw error;
    }
  }

  function identified(request: ApiRequest): User {
    const { user, token, impersonate } = request;
    const isNamed = user !== undefined || token !== undefined || impersonate !== undefined;
    return isNamed ? authenticate(state, request) : administrator;
  }

  /** Whether he may: roles are looked at only for those that a request names. */
  function admitted(request: ApiRequest, path: ApiPath | undefined, who: User): Call {
    if (who === administrator) return request;
    state.authorizer.check(who, attributesOf(request, path));
    return { ...request, who };
  }

  function kindAt(path: ApiPath | undefined): Kind {
    const kind =
      path?.plural === undefined ? undefined : state.kinds.find(path.group, path.version, path.plural);
    if (!kind) throw unknownPath();
    return kind;
  }

  function route(call: Call, path: ApiPath | undefined): ApiAnswer {
    if (path?.plural === undefined) {
      return bare(call.path) === '/metrics'
        ? { status: 200, body: state.requests.text() }
        : nonResource(call);
    }
    const asked =
      call.method === 'POST' ? review(state, path, call, optionsOf(state, path, call)) : undefined;
    if (asked) return asked;
    if (path.group !== '' && !state.kinds.serves(path.group, path.version)) return noPage;
    const kind = kindAt(path);
    if (kind.deprecation !== undefined) state.warn(kind.deprecation);
    const answer =
      path.name === undefined ? onCollection(state, kind, path, call) : onObject(state, kind, path, call);
    const included = call.method === 'GET' ? tableWanted(call) : undefined;
    return included ? tableAnswer(answer, { kind, included, now: state.clock.now }) : answer;
  }

  function ask(request: ApiRequest): ApiAnswer {
    const path = parsePath(request.path);
    let who: User | undefined;
    const answer = answering(() => {
      who = identified(request);
      return route(admitted(request, path, who), path);
    });
    tellOf(request, path, who, answer.status);
    return answer;
  }

  function watch(request: ApiRequest): ApiAnswer | ApiWatch {
    const path = parsePath(request.path);
    let who: User | undefined;
    const answer = answering(() => {
      who = identified(request);
      admitted(request, path, who);
      const kind = kindAt(path);
      const opened = openWatch(state, kind, path!, formOf(request.accept));
      const included = tableWanted(request);
      return included ? tableWatch(opened, { kind, included, now: state.clock.now }) : opened;
    });
    tellOf(request, path, who, 'status' in answer ? answer.status : 200);
    return answer;
  }

  /** Counts a request that is answered, and tells the audit of it. */
  function tellOf(
    request: ApiRequest,
    path: ApiPath | undefined,
    user: User | undefined,
    status: number,
  ): void {
    state.requests.note(request, path, status);
    if (!onAudit) return;
    onAudit({
      at: state.clock.now(),
      ...(user ? { user } : {}),
      attributes: attributesOf(request, path),
      status,
      request,
    });
  }
  return { ask, watch };
}

const bare = (path: string): string => path.split('?')[0]!;

/** A request, and who makes it where that is not an administrator. */
export type Call = ApiRequest & { who?: User };

function optionsOf(
  { warn }: ServerState,
  { query, subresource }: ApiPath,
  { userAgent = 'unknown', who, method }: Call,
): WriteOptions {
  const validation = query.get('fieldValidation') ?? '';
  if (!fieldValidations.includes(validation)) {
    const kind = method === 'POST' ? 'CreateOptions' : method === 'PUT' ? 'UpdateOptions' : 'PatchOptions';
    const allowed = fieldValidations.map((each) => JSON.stringify(each)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(validation)}: supported values: ${allowed}`;
    throw invalid('meta.k8s.io', kind, '', [
      { reason: 'FieldValueNotSupported', message, field: 'fieldValidation' },
    ]);
  }
  return {
    ...(who ? { user: who } : {}),
    manager: query.get('fieldManager') ?? userAgent.split('/')[0]!,
    dryRun: query.has('dryRun'),
    query,
    strict: validation === 'Strict',
    ...(validation === 'Ignore' ? {} : { warn }),
    subresource,
  };
}

const fieldValidations = ['', 'Ignore', 'Strict', 'Warn'];

/** The object that was sent, as one of the kind that the path names. */
function bodyOf(request: ApiRequest, kind: Kind, path: ApiPath): Fields {
  const { body } = request;
  if (!isFields(body)) throw badRequest('the object provided is unrecognized (must be of type object)');
  const sent = (body['kind'] ?? kind.kind) as string;
  if (sent !== kind.kind) {
    throw badRequest(
      `${sent} in version "${kind.version}" cannot be handled as a ${kind.kind}: converting (${kind.version}.${sent}) to (core.${kind.kind}): unknown conversion`,
    );
  }
  const { namespace, name } = (body['metadata'] ?? {}) as Partial<Meta>;
  if (path.name !== undefined && name !== undefined && name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name})`);
  }
  if (namespace !== undefined && path.namespace !== undefined && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return body;
}

function onCollection(state: ServerState, kind: Kind, path: ApiPath, request: Call): ApiAnswer {
  const form = formOf(request.accept);
  switch (request.method) {
    case 'GET':
      return { status: 200, body: list(state, kind, path, form) };
    case 'POST': {
      const body = copyJson(bodyOf(request, kind, path));
      const { resourceVersion } = (body['metadata'] ?? {}) as Partial<Meta>;
      if (resourceVersion) {
        throw new ApiFailure(500, undefined, 'resourceVersion should not be set on objects to be created');
      }
      return {
        status: 201,
        body: present(create(state, kind, body, path, optionsOf(state, path, request)), kind, form),
      };
    }
    case 'DELETE':
      return { status: 200, body: removeAll(state, kind, path, request) };
    case 'PUT':
    case 'PATCH':
      throw new ApiFailure(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
        {},
      );
  }
}

function create(state: ServerState, kind: Kind, body: Fields, { namespace }: ApiPath, options: WriteOptions) {
  const object = insert(state, kind, body, kind.namespaced ? (namespace ?? 'default') : undefined, options);
  return object;
}

function removeAll(state: ServerState, kind: Kind, path: ApiPath, request: Call): object {
  const answer = list(state, kind, path, 'whole');
  for (const item of answer['items'] as { metadata: Meta }[]) {
    remove(state, kind, item.metadata, readDeleteOptions(request.body, path.query, request.who));
  }
  return answer;
}

function onObject(state: ServerState, kind: Kind, path: ApiPath, request: Call): ApiAnswer {
  const place: Place = {
    name: path.name!,
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
  };
  const form = formOf(request.accept);
  const { subresource } = path;
  if (subresource === 'scale' && kind.scale) return onScale(state, kind, place, path, request);
  const options = optionsOf(state, path, request);
  if (subresource !== undefined && !(subresource === 'status' && kind.status)) {
    return onOtherPart(state, kind, place, { ...request, subresource }, options);
  }
  switch (request.method) {
    case 'GET':
      return { status: 200, body: get(state, kind, place, form) };
    case 'PUT': {
      const wanted = bodyOf(request, kind, path);
      const before = find(state, kind, place);
      return {
        status: 200,
        body: present(replace(state, kind, { before, wanted, isUpdate: true }, options), kind, form),
      };
    }
    case 'PATCH': {
      const force = path.query.get('force') === 'true';
      const { object, created } = patch(state, kind, place, request.contentType ?? '', request.body, {
        ...options,
        force,
      });
      return { status: created ? 201 : 200, body: present(object, kind, form) };
    }
    case 'DELETE':
      return {
        status: 200,
        body: remove(state, kind, place, readDeleteOptions(request.body, path.query, request.who)),
      };
    case 'POST':
      throw unknownPath();
  }
}

function onScale(state: ServerState, kind: Kind, place: Place, path: ApiPath, request: Call): ApiAnswer {
  const scale = kind.scale!;
  const before = find(state, kind, place);
  const shown = scaleOf(before, scale);
  if (request.method === 'GET') return { status: 200, body: shown };
  const wanted = (request.method === 'PATCH' ? mergePatch(shown, request.body) : request.body) as Fields;
  const sent = (wanted['metadata'] ?? {}) as Partial<Meta>;
  const next = withScale(before, wanted, scale);
  const metadata = {
    ...before.metadata,
    ...(sent.resourceVersion ? { resourceVersion: sent.resourceVersion } : {}),
  };
  const object = replace(
    state,
    kind,
    { before, wanted: { ...next, metadata }, isUpdate: false },
    optionsOf(state, path, request),
  );
  return { status: 200, body: scaleOf(object, scale) };
}
