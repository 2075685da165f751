import { type KubeObject } from '../../client/index.ts';

/** What is about to happen to an object. CONNECT is not served. */
export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE';

/** Who asks, as the API server authenticated them. */
export interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface RequestBase {
  /** Of this call, also in the API server's audit log. */
  readonly uid: string;
  /** Name of the object; empty when the API server is to make one up. */
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace: string | undefined;
  /** Such as `status`; absent for the object itself. */
  readonly subresource: string | undefined;
  readonly userInfo: UserInfo;
  /** The version in which it was asked; another than the objects' where the API server converted them for us. */
  readonly requestVersion: string | undefined;
  /** Nothing will be kept, so nothing outside may be changed either. */
  readonly dryRun: boolean;
  /** Aborts shortly before the API server gives up, and when it has gone. */
  readonly signal: AbortSignal;
}

/** What the API server asks about; the operation says which objects there are. */
export type AdmissionRequest<
  T extends KubeObject,
  O extends AdmissionOperation = AdmissionOperation,
> = Extract<
  | (RequestBase & { readonly operation: 'CREATE'; readonly object: T; readonly oldObject: undefined })
  | (RequestBase & { readonly operation: 'UPDATE'; readonly object: T; readonly oldObject: T })
  | (RequestBase & { readonly operation: 'DELETE'; readonly object: undefined; readonly oldObject: T }),
  { operation: O }
>;

/** One field that is wrong, with its path as users write it: `spec.storage.size`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
  /** A CauseType of Kubernetes. Default `FieldValueInvalid`. */
  readonly reason?: string;
}

/** It must not happen. */
export interface Denied {
  /** For the user: what is not allowed, and what to do instead. */
  readonly denied: string;
  /** HTTP status. Default 422 with fields, 403 without. */
  readonly code?: number;
  readonly fields?: readonly FieldProblem[];
  readonly warnings?: readonly string[];
}

/** It may happen. */
export interface Allowed {
  readonly allowed: true;
  /** Shown by kubectl beside its answer; short, each about one thing. */
  readonly warnings?: readonly string[];
}

/** What a validating handler says. */
export type Verdict = Allowed | Denied;

/** AdmissionReview of admission.k8s.io/v1, the request's side, as far as it is looked at. */
export interface AdmissionReviewRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  /** As the caller named it. */
  requestKind?: { group: string; version: string; kind: string };
  subResource?: string;
  name?: string;
  namespace?: string;
  operation: string;
  userInfo?: UserInfo;
  object?: KubeObject | null;
  oldObject?: KubeObject | null;
  dryRun?: boolean;
}

/** A `Status` of Kubernetes, as callers of the API see it. */
export interface StatusAnswer {
  code: number;
  reason: string;
  message: string;
  status: 'Failure';
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    causes?: { reason: string; message: string; field: string }[];
  };
}

/** The response's side. */
export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  status?: StatusAnswer;
  patchType?: 'JSONPatch';
  patch?: string;
  warnings?: string[];
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  504: 'Timeout',
};

/** The answer to one request from what a handler decided. */
export function responseOf(request: AdmissionReviewRequest, verdict: Verdict): AdmissionResponse {
  const warnings = verdict.warnings?.length ? { warnings: [...verdict.warnings] } : {};
  if ('allowed' in verdict) return { uid: request.uid, allowed: true, ...warnings };
  const { denied, fields = [] } = verdict;
  const code = verdict.code ?? (fields.length > 0 ? 422 : 403);
  const causes = fields.map(({ field, message, reason }) => ({
    field,
    message,
    reason: reason ?? 'FieldValueInvalid',
  }));
  // kubectl shows the message alone, programs read the causes.
  const told = causes.filter(({ message }) => !denied.includes(message));
  const message = [denied, told.map((cause) => `${cause.field}: ${cause.message}`).join('; ')]
    .filter((part) => part !== '')
    .join(': ');
  return {
    uid: request.uid,
    allowed: false,
    status: {
      status: 'Failure',
      code,
      reason: reasons[code] ?? 'Invalid',
      message,
      details: {
        ...(request.name ? { name: request.name } : {}),
        group: request.kind.group,
        kind: request.kind.kind,
        ...(causes.length > 0 ? { causes } : {}),
      },
    },
    ...warnings,
  };
}
