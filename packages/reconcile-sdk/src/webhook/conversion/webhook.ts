import { apiVersionOf, keyOf, keyText, type KubeObject, type Resource } from '../../client/index.ts';
import { OperatorError, describeError } from '../../errors/index.ts';

/** The webhook that turns objects of one kind from version to version. */
export interface ConversionWebhook {
  readonly kind: 'converting';
  /** `convert.PLURAL.GROUP`, for logs and metrics. */
  readonly name: string;
  /** `/convert-GROUP-KIND` */
  readonly path: string;
  readonly resource: Resource;
  convert(object: KubeObject, toApiVersion: string): KubeObject;
}

/** What `converting` needs. */
export interface ConvertingOptions {
  /**
   * Gives the object in another version (`GROUP/VERSION`); sets neither apiVersion nor metadata unless labels or
   * annotations change. Must be pure and must not refuse: an object that cannot be converted cannot be read, listed
   * or deleted. What the other version cannot hold belongs into an annotation. May change its argument.
   */
  convert: (object: KubeObject, toApiVersion: string) => KubeObject;
}

/** The conversion webhook of one kind; its CRD, `PLURAL.GROUP`, must have the strategy Webhook and this path. */
export function converting(resource: Resource, { convert }: ConvertingOptions): ConversionWebhook {
  const { group, plural, kind } = resource;
  return {
    kind: 'converting',
    name: `convert.${plural}.${group}`,
    path: `/convert-${group.replaceAll('.', '-')}-${kind.toLowerCase()}`,
    resource,
    convert,
  };
}

/** One version's way to the hub and back. */
export interface Spoke {
  toHub: (object: KubeObject) => KubeObject;
  fromHub: (hub: KubeObject) => KubeObject;
}

/**
 * A `convert` out of each version's way to the hub (the version that code works with, usually the stored one) and
 * back. `spokes` is keyed by version: `{ v1beta1: { toHub, fromHub } }`.
 */
export function hubAndSpoke(
  hub: Resource,
  spokes: Readonly<Record<string, Spoke>>,
): ConvertingOptions['convert'] {
  const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.lastIndexOf('/') + 1);
  const spoke = (version: string): Spoke => {
    const found = Object.hasOwn(spokes, version) ? spokes[version] : undefined;
    if (found) return found;
    const known = [hub.version, ...Object.keys(spokes)].join(', ');
    throw new OperatorError(
      'invalid',
      `no conversion for version ${version} of ${hub.kind}; known: ${known}`,
    );
  };
  return (object, toApiVersion) => {
    const from = versionOf(object.apiVersion ?? '');
    const to = versionOf(toApiVersion);
    const asHub =
      from === hub.version ? object : { ...spoke(from).toHub(object), apiVersion: apiVersionOf(hub) };
    return to === hub.version ? asHub : spoke(to).fromHub(asHub);
  };
}

/** ConversionReview of apiextensions.k8s.io/v1, as far as it is looked at. */
export interface ConversionReviewRequest {
  uid: string;
  desiredAPIVersion: string;
  objects?: readonly KubeObject[];
}

/** The answer to one: all objects in the wanted version, or why none is. */
export interface ConversionResponse {
  uid: string;
  convertedObjects: KubeObject[];
  result: { status: 'Success' } | { status: 'Failure'; code: number; reason: string; message: string };
}

/**
 * Answers one review, all objects or none. `breathe` is awaited every few objects, so that a long list does not keep
 * the process from everything else. `report` gets what a converter threw.
 */
export async function convertReview(
  webhook: ConversionWebhook,
  { uid, desiredAPIVersion, objects = [] }: ConversionReviewRequest,
  hooks: { breathe: () => Promise<void>; report: (error: unknown) => void },
): Promise<ConversionResponse> {
  const convertedObjects: KubeObject[] = [];
  for (const [index, object] of objects.entries()) {
    if (index > 0 && index % 50 === 0) await hooks.breathe();
    try {
      convertedObjects.push(convertOne(webhook, object, desiredAPIVersion));
    } catch (error) {
      hooks.report(error);
      const why =
        error instanceof OperatorError ? describeError(error) : 'the conversion failed; see the operator log';
      const message = `cannot convert ${object.kind ?? webhook.resource.kind} ${keyText(keyOf(object))} from ${object.apiVersion ?? 'no version'} to ${desiredAPIVersion}: ${why}`;
      return {
        uid,
        convertedObjects: [],
        result: { status: 'Failure', code: 500, reason: 'InternalError', message },
      };
    }
  }
  return { uid, convertedObjects, result: { status: 'Success' } };
}

/** Of the metadata only labels and annotations may change: the rest is the API server's, and it refuses more. */
function convertOne(webhook: ConversionWebhook, object: KubeObject, toApiVersion: string): KubeObject {
  const { group, kind } = webhook.resource;
  if (!toApiVersion.startsWith(`${group}/`) || !object.apiVersion?.startsWith(`${group}/`)) {
    throw new OperatorError('invalid', `the webhook converts within ${group}`);
  }
  if (object.kind !== kind) {
    throw new OperatorError('invalid', `the webhook converts ${kind}, not ${String(object.kind)}`);
  }
  if (object.apiVersion === toApiVersion) return object;
  // Its own copy of what it may change, since the original decides about the result.
  const result = webhook.convert(
    { ...object, metadata: structuredClone(object.metadata ?? {}) },
    toApiVersion,
  );
  const before = object.metadata ?? {};
  const after = result.metadata;
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if (after?.[field] !== undefined && after[field] !== before[field]) {
      throw new OperatorError('invalid', `the converter changed metadata.${field}`);
    }
  }
  const { labels: _labels, annotations: _annotations, ...fixed } = before;
  const changeable = after ?? before;
  return {
    ...result,
    apiVersion: toApiVersion,
    kind,
    metadata: {
      ...fixed,
      ...(changeable.labels ? { labels: changeable.labels } : {}),
      ...(changeable.annotations ? { annotations: changeable.annotations } : {}),
    },
  };
}
