import { targetOf } from '../admission/webhook.ts';
import { copyJson, isFields, type Fields, type Stored } from '../json.ts';
import { apiVersionOf, storageKey, type Kind } from '../kinds/kind.ts';
import { newUid } from '../metadata.ts';
import { applyDefaults, dropNulls, pruneUnknown } from '../schema/prune.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure } from '../status.ts';

/** What objects became in other versions: each is turned once. */
const turned = new WeakMap<Stored, Map<Kind, Stored>>();

/** The kind as it is stored. */
export const storageKind = (kind: Kind): Kind =>
  (kind.versions && kind.versions.all.get(kind.versions.storage)) ?? kind;

/** An object out of the store, in the version of a kind. */
export function load(state: Outside, kind: Kind, object: Stored): Stored {
  if (!kind.versions) return object;
  let held = turned.get(object);
  const known = held?.get(kind);
  if (known) return known;
  const result = convert(state, object, kind);
  if (!held) turned.set(object, (held = new Map<Kind, Stored>()));
  held.set(kind, result);
  return result;
}

/** Stores an object in the version that is stored, and gives it back in the one that was asked for. */
export function put(state: ServerState, kind: Kind, key: string, object: Stored): Stored {
  const stored = kind.versions ? convert(state, object, storageKind(kind)) : object;
  return load(state, kind, state.store.put(storageKey(kind), key, stored));
}

type Outside = Pick<ServerState, 'outside' | 'random'>;

/** Turns an object into the version of a kind, which has its own fields and defaults. Throws the webhook's failure. */
export function convert(state: Outside, object: Stored, kind: Kind): Stored {
  const wanted = apiVersionOf(kind);
  const isOther = object.apiVersion !== wanted;
  const { conversion } = kind.versions ?? {};
  const result =
    isOther && conversion?.strategy === 'Webhook' && conversion.webhook
      ? byWebhook(state, object, wanted, conversion.webhook.clientConfig)
      : copyJson(object);
  result.apiVersion = wanted;
  if (kind.schema) {
    pruneUnknown(result, kind.schema);
    applyDefaults(result, kind.schema);
    dropNulls(result, kind.schema);
  }
  return result;
}

function byWebhook(
  { outside, random }: Outside,
  object: Stored,
  desiredAPIVersion: string,
  clientConfig: Parameters<typeof targetOf>[0],
): Stored {
  const failed = (why: string): ApiFailure =>
    new ApiFailure(
      500,
      undefined,
      `conversion webhook for ${object.apiVersion}, Kind=${object.kind} failed: ${why}`,
    );
  const { resourceVersion, ...rest } = object.metadata;
  const uid = newUid(random);
  const shown = resourceVersion ? object : { ...object, metadata: rest };
  const review = {
    kind: 'ConversionReview',
    apiVersion: 'apiextensions.k8s.io/v1',
    request: { uid, desiredAPIVersion, objects: [shown] },
  };
  const outcome = outside.call(targetOf(clientConfig), review, 30);
  // The same words as for admission, less who failed to call.
  if ('problem' in outcome) throw failed(outcome.problem.replace(/^failed to call webhook: /, ''));
  const { response } = (isFields(outcome.answer) ? outcome.answer : {}) as { response?: Fields };
  if (response?.['uid'] !== uid)
    throw failed(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response?.['uid'] ?? '')}`,
    );
  const { status, message } = (response['result'] ?? {}) as { status?: string; message?: string };
  if (status !== 'Success') throw failed(message ?? '');
  const list = response['convertedObjects'];
  if (!Array.isArray(list) || list.length !== 1) {
    throw failed(`webhook returned ${Array.isArray(list) ? list.length : 0} objects, expected 1`);
  }
  const [converted] = list as [Stored];
  if (converted.apiVersion !== desiredAPIVersion) {
    throw failed(
      `webhook returned invalid converted object at index 0: invalid apiVersion: expected ${desiredAPIVersion}, got ${converted.apiVersion}`,
    );
  }
  // Of the metadata a webhook changes labels and annotations, and nothing else.
  const { labels, annotations } = converted.metadata;
  const { labels: _labels, annotations: _annotations, ...metadata } = object.metadata;
  return {
    ...copyJson(converted),
    kind: object.kind,
    metadata: {
      ...metadata,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
  };
}
