import { apiVersionOf, type KubeObject, type Resource } from '../../client/index.ts';
import { difference } from './json-patch.ts';
import {
  responseOf,
  type AdmissionRequest,
  type AdmissionResponse,
  type AdmissionReviewRequest,
  type Denied,
  type AdmissionOperation,
  type Verdict,
} from './review.ts';

/** One webhook of an admission server: where it is served, under which name it is configured, and what it does. */
export interface AdmissionWebhook {
  readonly kind: 'validating' | 'mutating';
  /** Name in the webhook configuration, the same for as long as the kind is: `validate.PLURAL.GROUP`. */
  readonly name: string;
  /** `/validate-GROUP-VERSION-KIND`, as controller-runtime has it. */
  readonly path: string;
  readonly resource: Resource;
  readonly operations: readonly AdmissionOperation[];
  /** Such as `status`; empty: the object itself. */
  readonly subresources: readonly string[];
  /** The API server asks only when all of these hold. */
  readonly matchConditions: readonly MatchCondition[];
  /** Answers one request; what the handler throws is thrown on. */
  review(request: AdmissionReviewRequest, signal: AbortSignal): Promise<AdmissionResponse>;
}

/** One CEL expression over `object`, `oldObject` and `request`, with the name that its errors carry. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

interface WebhookOptions<O extends AdmissionOperation> {
  operations: readonly O[];
  /** Sub-resources to be asked about instead of the object itself: `['status']`. Default: none. */
  subresources?: readonly string[];
  /**
   * Asked only when all of these hold, as the API server itself finds out: what they leave out goes on when no
   * webhook is there. Default: always.
   */
  matchConditions?: readonly MatchCondition[];
  /** Default `validate.PLURAL.GROUP` or `mutate.PLURAL.GROUP`. A changed name is a new webhook to Kubernetes. */
  name?: string;
}

/** What `validating` needs. */
export interface ValidatingOptions<
  T extends KubeObject,
  O extends AdmissionOperation,
> extends WebhookOptions<O> {
  /** Says whether it may happen. A plain function: checks of every origin fit. */
  handler: (request: AdmissionRequest<T, O>) => Verdict | Promise<Verdict>;
}

/** What `mutating` needs. */
export interface MutatingOptions<
  T extends KubeObject,
  O extends AdmissionOperation,
> extends WebhookOptions<O> {
  /**
   * Returns the object as it should be, or undefined to leave it. The request's object is this call's own and may be
   * changed in place. Must give the same again for its own result: the API server may ask twice.
   */
  handler: (request: AdmissionRequest<T, O>) => T | Denied | undefined | Promise<T | Denied | undefined>;
}

/** A webhook that allows or denies. It sees the object as it will be stored. */
export function validating<T extends KubeObject, const O extends AdmissionOperation>(
  resource: Resource<T>,
  options: ValidatingOptions<T, O>,
): AdmissionWebhook {
  return {
    ...describe('validating', resource, options),
    async review(review, signal) {
      const request = requestOf<T, O>(resource, options.operations, review, signal);
      return responseOf(review, 'denied' in request ? request : await options.handler(request));
    },
  };
}

/** A webhook that completes objects before they are checked and stored. */
export function mutating<T extends KubeObject, const O extends Exclude<AdmissionOperation, 'DELETE'>>(
  resource: Resource<T>,
  options: MutatingOptions<T, O>,
): AdmissionWebhook {
  return {
    ...describe('mutating', resource, options),
    async review(review, signal) {
      const given = structuredClone(review.object);
      const request = requestOf<T, O>(
        resource,
        options.operations,
        { ...review, object: given ?? null },
        signal,
      );
      if ('denied' in request) return responseOf(review, request);
      const result = await options.handler(request);
      if (result !== undefined && 'denied' in result) return responseOf(review, result);
      const answer = responseOf(review, { allowed: true });
      const patch = difference(review.object, result ?? review.object);
      if (patch.length === 0) return answer;
      const encoded = Buffer.from(JSON.stringify(patch), 'utf8').toString('base64');
      return { ...answer, patchType: 'JSONPatch', patch: encoded };
    },
  };
}

function describe(
  kind: AdmissionWebhook['kind'],
  resource: Resource,
  { operations, subresources = [], matchConditions = [], name }: WebhookOptions<AdmissionOperation>,
): Omit<AdmissionWebhook, 'review'> {
  const verb = kind === 'validating' ? 'validate' : 'mutate';
  const part = subresources.length > 0 ? `-${subresources.join('-')}` : '';
  const { group, version, plural } = resource;
  return {
    kind,
    name: name ?? [`${verb}${part}`, plural, group || 'core.k8s.io'].join('.'),
    path: `/${verb}-${group.replaceAll('.', '-')}-${version}-${resource.kind.toLowerCase()}${part}`,
    resource,
    operations,
    subresources,
    matchConditions,
  };
}

/** The request as handlers see it, or why it is not one for them: the configuration and the code disagree. */
function requestOf<T extends KubeObject, O extends AdmissionOperation>(
  resource: Resource<T>,
  operations: readonly O[],
  review: AdmissionReviewRequest,
  signal: AbortSignal,
): AdmissionRequest<T, O> | Denied {
  const { operation, kind, subResource } = review;
  if (!(operations as readonly string[]).includes(operation)) {
    const wanted = operations.join(' and ');
    return { denied: `the webhook answers for ${wanted}, but is configured for ${operation} too`, code: 400 };
  }
  const isOwnKind = subResource === undefined || subResource === '' || subResource === 'status';
  const asked = `${kind.group ? `${kind.group}/` : ''}${kind.version} ${kind.kind}`;
  const served = `${apiVersionOf(resource)} ${resource.kind}`;
  if (isOwnKind && asked !== served) {
    return { denied: `the webhook answers for ${served}, but is configured for ${asked}`, code: 400 };
  }
  const request = {
    uid: review.uid,
    name: review.name ?? '',
    namespace: review.namespace || undefined,
    subresource: subResource || undefined,
    userInfo: review.userInfo ?? {},
    requestVersion: review.requestKind?.version,
    dryRun: review.dryRun === true,
    signal,
    operation,
    object: review.object ?? undefined,
    oldObject: review.oldObject ?? undefined,
  };
  const needsObject = operation !== 'DELETE';
  const needsOld = operation !== 'CREATE';
  if ((needsObject && !request.object) || (needsOld && !request.oldObject)) {
    return { denied: `the review of a ${operation} came without its object`, code: 400 };
  }
  return request as unknown as AdmissionRequest<T, O>;
}
