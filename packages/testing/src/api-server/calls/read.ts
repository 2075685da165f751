import { type Fields, type Stored } from '../json.ts';
import { apiVersionOf, storageKey, type Kind } from '../kinds/kind.ts';
import { fieldSelector, labelSelector, type Selector } from '../selectors.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { ApiFailure, badRequest, forbiddenValue, invalid, notFound } from '../status.ts';
import { load } from '../conversion/convert.ts';
import { type ApiPath } from './api-path.ts';
import { present, presentItem, type Form } from './present.ts';
import { type Place } from './write-options.ts';

export function find(state: ServerState, kind: Kind, { namespace, name }: Place): Stored {
  const held = state.store.get(storageKey(kind), objectKey(namespace, name));
  if (!held) throw notFound(kind, name);
  return load(state, kind, held);
}

export const get = (state: ServerState, kind: Kind, place: Place, form: Form): Fields =>
  present(find(state, kind, place), kind, form);

/** Namespace, labels and fields that a list or a watch asks for. */
export function selectorOf(kind: Kind, { namespace, name, query }: ApiPath): Selector {
  const labels = labelSelector(query.get('labelSelector') ?? undefined);
  const fields = fieldSelector(query.get('fieldSelector') ?? undefined, kind);
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    labels(object) &&
    fields(object);
}

export const listOptionsInvalid = (field: string, why: string): ApiFailure =>
  invalid('meta.k8s.io', 'ListOptions', '', [forbiddenValue(field, why)]);

/** Too old to go on from. */
export const expired = (message: string): ApiFailure => new ApiFailure(410, 'Expired', message);

interface Token {
  revision: number;
  after: string;
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(text: string): Token {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token;
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
}

/** A list, or a page of it as of the revision of its first page. */
export function list(state: ServerState, kind: Kind, path: ApiPath, form: Form): Fields {
  const { store } = state;
  const { query } = path;
  const selects = selectorOf(kind, path);
  const resourceVersion = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch');
  if (match !== null && resourceVersion === '') {
    throw listOptionsInvalid(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  const continueText = query.get('continue') ?? '';
  const token = continueText === '' ? undefined : readToken(continueText);
  if (token && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const revision = token?.revision ?? (match === 'Exact' ? Number(resourceVersion) : store.revision());
  const all = store.list(storageKey(kind), revision);
  if (!all) {
    throw expired(
      token
        ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'
        : `The resourceVersion for the provided list is too old.`,
    );
  }
  const keyed = (kind.versions ? all.map((object) => load(state, kind, object)) : all)
    .filter(selects)
    .map((object) => ({ object, key: keyOf(object) }));
  const rest = token ? keyed.filter(({ key }) => key > token.after) : keyed;
  // A cache answers what may be old, and gives no pages.
  const limit = resourceVersion === '0' ? 0 : Number(query.get('limit') ?? 0);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const left = rest.length - page.length;
  const isSelective = query.has('labelSelector') || query.has('fieldSelector');
  return {
    kind: form === 'metadata' ? 'PartialObjectMetadataList' : kind.listKind,
    apiVersion: form === 'metadata' ? 'meta.k8s.io/v1' : apiVersionOf(kind),
    metadata: {
      resourceVersion: String(revision),
      ...(kind.schema && form === 'whole' ? { continue: '' } : {}),
      ...(left > 0 ? { continue: writeToken({ revision, after: page.at(-1)!.key }) } : {}),
      ...(left > 0 && !isSelective ? { remainingItemCount: left } : {}),
    },
    items: page.map(({ object }) => presentItem(object, kind, form)),
  };
}

const keyOf = ({ metadata }: Stored): string => objectKey(metadata.namespace, metadata.name);
