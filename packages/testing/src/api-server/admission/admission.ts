import { evaluationProblem } from '../cel/environment.ts';
import { equalJson, type Stored } from '../json.ts';
import { newUid } from '../metadata.ts';
import { jsonPatch } from '../patches/json-patch.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure } from '../status.ts';
import { type RevisionStore } from '../store/revision-store.ts';
import { type Attempt } from './attempt.ts';
import { conditionsHold, isSelected, wantedKind } from './matching.ts';
import {
  InvalidResponse,
  admissionRequest,
  denied,
  internalError,
  readResponse,
  type Response,
} from './review.ts';
import { createWebhookList, targetOf, type Webhook } from './webhook.ts';

/** The webhooks that have a say in writes. */
export interface Admission {
  /** Whether there are any; without, no write is looked at. */
  isActive(): boolean;
  /** Asks the mutating webhooks one after the other; `decode` reads what they leave. Throws a refusal. */
  mutate(state: ServerState, attempt: Attempt, decode: (object: Stored) => void): Stored | undefined;
  /** Asks the validating webhooks. Throws a refusal. */
  validate(state: ServerState, attempt: Attempt): void;
}

export function createAdmission(store: RevisionStore): Admission {
  const webhooks = createWebhookList(store);
  return {
    isActive: () => webhooks().mutating.length + webhooks().validating.length > 0,
    mutate(state, attempt, decode) {
      const hooks = webhooks().mutating;
      let { object } = attempt;
      // Where a later one changed the object, an earlier one may want to see it again, once.
      const again: Webhook[] = [];
      const round = (list: readonly Webhook[], isFirst: boolean): void => {
        for (const hook of list) {
          const before = object;
          const response = callWebhook(state, hook, { ...attempt, object }, true);
          if (!response) continue;
          if (response.patch !== undefined && object) object = patched(object, response.patch, decode);
          const isChange = !equalJson(before, object);
          if (isFirst && isChange) again.push(...seen.filter((each) => !again.includes(each)));
          if (isFirst && hook.reinvocationPolicy === 'IfNeeded') seen.push(hook);
        }
      };
      const seen: Webhook[] = [];
      round(hooks, true);
      round(
        hooks.filter((hook) => again.includes(hook)),
        false,
      );
      return object;
    },
    validate(state, attempt) {
      let refusal: ApiFailure | undefined;
      // The real server asks all at once; the first refusal is told.
      for (const hook of webhooks().validating) {
        try {
          callWebhook(state, hook, attempt, false);
        } catch (error) {
          if (!(error instanceof ApiFailure)) throw error;
          refusal ??= error;
        }
      }
      if (refusal) throw refusal;
    },
  };
}

function patched(object: Stored, patch: unknown, decode: (object: Stored) => void): Stored {
  try {
    const result = jsonPatch(object, patch) as Stored;
    decode(result);
    return result;
  } catch (error) {
    throw internalError((error as Error).message);
  }
}

/** Asks one webhook; undefined when it is not concerned, or failed and may. Throws its refusal, or its failure. */
function callWebhook(
  state: ServerState,
  hook: Webhook,
  attempt: Attempt,
  isMutating: boolean,
): Response | undefined {
  const wanted = wantedKind(state, hook, attempt);
  if (!wanted || !isSelected(state, hook, attempt)) return undefined;
  const convert = (object: Stored | undefined): Stored | undefined => object && state.convert(object, wanted);
  const uid = newUid(state.random);
  const asked = { ...attempt, object: convert(attempt.object), oldObject: convert(attempt.oldObject) };
  const request = admissionRequest(asked, wanted, uid);
  try {
    if (!conditionsHold(hook, request, asked)) return undefined;
  } catch (error) {
    if (hook.failurePolicy === 'Ignore') return undefined;
    throw matchProblem(hook, attempt, evaluationProblem(error));
  }
  if (attempt.dryRun && hook.sideEffects !== 'None' && hook.sideEffects !== 'NoneOnDryRun') {
    throw new ApiFailure(400, 'BadRequest', `admission webhook "${hook.name}" does not support dry run`);
  }
  const response = respond(state, hook, request, uid, isMutating);
  if (!response) return undefined;
  for (const warning of response.warnings) state.warn(warning);
  if (!response.allowed) throw denied(hook.name, response.status);
  if (response.patch === undefined || wanted === attempt.kind || !asked.object) return response;
  // It patched another version: what it left is turned back, and given as a patch of the whole.
  const left = state.convert(jsonPatch(asked.object, response.patch) as Stored, attempt.kind);
  return { ...response, patch: [{ op: 'replace', path: '', value: left }] };
}

function respond(
  state: ServerState,
  hook: Webhook,
  request: object,
  uid: string,
  isMutating: boolean,
): Response | undefined {
  const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
  const outcome = state.outside.call(targetOf(hook.clientConfig), review, hook.timeoutSeconds ?? 10);
  try {
    if ('problem' in outcome) throw new InvalidResponse(outcome.problem);
    return readResponse(outcome.answer, uid, isMutating);
  } catch (error) {
    if (hook.failurePolicy === 'Ignore') return undefined;
    const why = (error as Error).message;
    const text = 'problem' in outcome ? why : `received invalid webhook response: ${why}`;
    throw internalError(`failed calling webhook "${hook.name}": ${text}`);
  }
}

function matchProblem(hook: Webhook, { kind, name }: Attempt, why: string): ApiFailure {
  const what = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  return new ApiFailure(
    403,
    'Forbidden',
    `${what} "${name}" is forbidden: failed to evaluate match conditions of webhook "${hook.name}": ${why}`,
    { name, ...(kind.group ? { group: kind.group } : {}), kind: kind.plural },
  );
}
