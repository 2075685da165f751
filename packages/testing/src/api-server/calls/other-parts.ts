import { type ApiAnswer } from '../exchange.ts';
import { isFields, type Fields, type Meta, type Stored } from '../json.ts';
import { storageKey, type Kind } from '../kinds/kind.ts';
import { selects, type LabelSelector } from '../label-selector.ts';
import { timeText } from '../metadata.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure, badRequest, notFound, unknownPath } from '../status.ts';
import { readDeleteOptions, remove } from './delete.ts';
import { find } from './read.ts';
import { replace } from './replace.ts';
import { type Place, type WriteOptions } from './write-options.ts';

/** A call of a sub-resource that few kinds have. */
export interface PartCall {
  subresource: string;
  method: string;
  body?: unknown;
}

/** Answers it, or throws what refuses it. */
export function onOtherPart(
  state: ServerState,
  kind: Kind,
  place: Place,
  { subresource, method, body }: PartCall,
  options: WriteOptions,
): ApiAnswer {
  if (kind.group === '' && kind.plural === 'pods') {
    if (subresource === 'eviction' && method === 'POST') return evict(state, kind, place, body, options);
    if (connections.has(subresource)) throw nothingRuns(place, subresource);
  }
  if (kind.group === '' && kind.plural === 'namespaces' && subresource === 'finalize' && method === 'PUT') {
    return finalize(state, kind, place, body, options);
  }
  throw kind.schema ? notFound(kind, place.name) : unknownPath();
}

const connections = new Set([
  'log',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'ephemeralcontainers',
  'resize',
]);

const nothingRuns = ({ name }: Place, subresource: string): ApiFailure =>
  new ApiFailure(
    501,
    'NotImplemented',
    `the in-process API server runs no containers: pod ${name} has no ${subresource}; look at its status instead`,
  );

/** Takes finalizers off a namespace; the last of them lets it go. */
function finalize(
  state: ServerState,
  kind: Kind,
  place: Place,
  body: unknown,
  options: WriteOptions,
): ApiAnswer {
  const before = find(state, kind, place);
  const spec = isFields(body) && isFields(body['spec']) ? body['spec'] : {};
  const sent: Partial<Meta> = isFields(body) && isFields(body['metadata']) ? body['metadata'] : {};
  const metadata = {
    ...before.metadata,
    ...(sent.resourceVersion ? { resourceVersion: sent.resourceVersion } : {}),
  };
  const { finalizers: _gone, ...rest } = before['spec'] as Fields;
  const { finalizers } = spec;
  const isHeld = Array.isArray(finalizers) && finalizers.length > 0;
  const wanted = { ...before, metadata, spec: { ...rest, ...(isHeld ? { finalizers } : {}) } };
  const object = replace(state, kind, { before, wanted, isUpdate: true }, options);
  return { status: 200, body: object };
}

/** Deletes a pod unless a budget forbids it; what a budget still allows, it then counts down. */
function evict(
  state: ServerState,
  kind: Kind,
  place: Place,
  body: unknown,
  options: WriteOptions,
): ApiAnswer {
  if (!isFields(body)) throw badRequest('the body of an eviction is an Eviction of policy/v1');
  const pod = find(state, kind, place);
  const { phase } = (pod['status'] ?? {}) as { phase?: string };
  const isDone = pod.metadata.deletionTimestamp !== undefined || phase !== 'Running';
  const budgets = isDone ? [] : budgetsOf(state, pod);
  if (budgets.length > 1) {
    throw new ApiFailure(
      500,
      'InternalError',
      `Internal error occurred: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.`,
      {
        causes: [
          {
            message:
              'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
          },
        ],
      },
    );
  }
  for (const budget of budgets) take(state, budget, pod, options);
  remove(state, kind, place, {
    ...readDeleteOptions(body['deleteOptions'], new URLSearchParams()),
    ...(options.dryRun ? { dryRun: true } : {}),
  });
  return {
    status: 201,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
  };
}

interface Budget extends Stored {
  spec: { selector?: LabelSelector };
  status?: {
    observedGeneration?: number;
    disruptionsAllowed?: number;
    desiredHealthy?: number;
    currentHealthy?: number;
    conditions?: Fields[];
    disruptedPods?: Record<string, string>;
  };
}

const budgetKind = { group: 'policy', plural: 'poddisruptionbudgets' };

const budgetsOf = ({ store }: ServerState, { metadata }: Stored): Budget[] =>
  ((store.list(storageKey(budgetKind)) ?? []) as readonly Budget[]).filter(
    (budget) =>
      budget.metadata.namespace === metadata.namespace &&
      selects(budget.spec.selector, metadata.labels ?? {}),
  );

/** Counts one eviction against a budget, or throws what it forbids. */
function take(state: ServerState, budget: Budget, pod: Stored, options: WriteOptions): void {
  const { name, generation = 0 } = budget.metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, ...rest } = budget.status ?? {};
  const refuse = (message: string, seconds?: number): ApiFailure =>
    new ApiFailure(
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
        causes: [{ reason: 'DisruptionBudget', message }],
      },
    );
  if (observedGeneration < generation) {
    throw refuse(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed <= 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = rest;
    const why =
      currentHealthy <= desiredHealthy
        ? `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
        : 'does not allow evicting pods currently';
    throw refuse(`The disruption budget ${name} ${why}`);
  }
  const now = timeText(state.clock.now());
  const left = disruptionsAllowed - 1;
  const condition = {
    type: 'DisruptionAllowed',
    status: left > 0 ? 'True' : 'False',
    reason: left > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration,
    lastTransitionTime: now,
  };
  const status = {
    ...rest,
    observedGeneration,
    disruptionsAllowed: left,
    disruptedPods: { ...rest.disruptedPods, [pod.metadata.name]: now },
    conditions: [...(rest.conditions ?? []).filter(({ type }) => type !== condition.type), condition],
  };
  replace(
    state,
    state.kinds.find('policy', 'v1', 'poddisruptionbudgets')!,
    { before: budget, wanted: { ...budget, status }, isUpdate: false },
    { manager: options.manager, dryRun: options.dryRun, strict: false, subresource: 'status' },
  );
}
