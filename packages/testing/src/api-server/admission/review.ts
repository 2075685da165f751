import { isFields, type Fields } from '../json.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { ApiFailure } from '../status.ts';
import { type Attempt } from './attempt.ts';

/** What a webhook said, once that makes sense. */
export interface Response {
  allowed: boolean;
  patch: unknown;
  warnings: readonly string[];
  status: Fields;
}

/** An answer that is none; the message is the API server's. */
export class InvalidResponse extends Error {}

/** The `request` of an AdmissionReview, about the kind in the version that the webhook wants. */
export function admissionRequest(
  { kind, operation, name, namespace, subresource, object, oldObject, user, dryRun, options }: Attempt,
  wanted: Kind,
  uid: string,
): Fields {
  const kindOf = (of: Kind): Fields => ({ group: of.group, version: of.version, kind: of.kind });
  const resourceOf = (of: Kind): Fields => ({ group: of.group, version: of.version, resource: of.plural });
  return {
    uid,
    kind: kindOf(wanted),
    resource: resourceOf(wanted),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindOf(kind),
    requestResource: resourceOf(kind),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace === undefined ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: user.groups,
      ...(user.extra ? { extra: user.extra } : {}),
    },
    object: object ? { ...object, apiVersion: apiVersionOf(wanted), kind: wanted.kind } : null,
    oldObject: oldObject ? { ...oldObject, apiVersion: apiVersionOf(wanted), kind: wanted.kind } : null,
    dryRun,
    options,
  };
}

/** Reads the answer to a review. Throws what is wrong with it. */
export function readResponse(answer: unknown, uid: string, isMutating: boolean): Response {
  const { response, apiVersion, kind } = isFields(answer) ? answer : {};
  if (!isFields(response)) throw new InvalidResponse('webhook response was absent');
  if (response['uid'] !== uid) {
    throw new InvalidResponse(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`,
    );
  }
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') {
    throw new InvalidResponse(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${String(apiVersion)}, Kind=${String(kind)}`,
    );
  }
  const { patch, patchType, allowed, warnings, status } = response;
  if (patch !== undefined && !isMutating)
    throw new InvalidResponse('validating webhook may not return response.patch');
  if (patch !== undefined && patchType === undefined)
    throw new InvalidResponse('webhook returned response.patch but not response.patchType');
  if (patch === undefined && patchType !== undefined)
    throw new InvalidResponse('webhook returned response.patchType but not response.patch');
  if (patchType !== undefined && patchType !== 'JSONPatch')
    throw new InvalidResponse(`invalid response.patchType ${JSON.stringify(patchType)}`);
  return {
    allowed: allowed === true,
    patch: typeof patch === 'string' ? JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    status: isFields(status) ? status : {},
  };
}

/** The answer that tells of a refusal. */
export function denied(webhook: string, { message, reason, code, details }: Fields): ApiFailure {
  const said = [message, reason].filter((each) => typeof each === 'string' && each !== '') as string[];
  const why = said[0] === undefined ? ' without explanation' : `: ${said[0]}`;
  const text = `admission webhook "${webhook}" denied the request${why}`;
  // Whatever a webhook says, it is no success.
  const status = typeof code === 'number' && code >= 400 ? code : 400;
  return new ApiFailure(
    status,
    typeof reason === 'string' ? reason : undefined,
    text,
    isFields(details) ? details : undefined,
  );
}

export const internalError = (message: string): ApiFailure =>
  new ApiFailure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
