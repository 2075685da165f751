import { OperatorError } from '../../errors/index.ts';
import { begun, keyOfWish, nextFence, paused, resumed, turnedBack } from './transitions.ts';
import { type OperationDefinition, type OperationReport, type WantedOperation } from './definition.ts';
import { type Move, type OperationEffect, type OperationInput } from './move.ts';
import { hasEnded, historyLimit, summaryOf, type OperationRecord, type OperationStatus } from './record.ts';
import { isPastReturn, running } from './running.ts';
import { undoing } from './undoing.ts';

/** One move: what is to be stored, and what is to be asked for then. */
export interface OperationDecision<View> {
  /** What has to stand in the status, before any effect. */
  readonly status: OperationStatus;
  readonly effect?: OperationEffect<View>;
  readonly report: OperationReport;
  /** Look again after this long. Milliseconds. */
  readonly lookAgainMs?: number;
}

/**
 * One move of an object's operation: from what stands in its status and what is seen to what has to stand there and
 * the one request to make then. Pure. Any number of steps that are done is passed at once; at most one request.
 *
 * The same move is made again after a crash at any point: the intent stands in the record, `done` finds the effect,
 * and the request carries the same idempotency key.
 */
export function nextOperation<View>(
  before: OperationStatus,
  input: OperationInput<View>,
): OperationDecision<View> {
  const { wanted, now, epoch } = input;
  const { operation, operationHistory } = begunOrEnded(before, input);
  const result = (
    move: Partial<Move<View>> & { record: OperationRecord | undefined },
  ): OperationDecision<View> => decision(move, operationHistory, input);
  if (!operation || hasEnded(operation)) return result({ record: operation });
  const definition = input.definitions.find(({ kind }) => kind === operation.kind);
  const unknown = unknownIn(definition, operation);
  if (!definition || unknown !== undefined) {
    const asIs = result({ record: operation });
    return { ...asIs, report: { ...asIs.report, record: { ...operation, stuck: unknown ?? '' } } };
  }
  if (wanted === 'hold') return result({ record: paused(operation, now) });

  const awake = resumed(operation, now);
  const record = awake.epoch === epoch ? awake : { ...awake, epoch, fence: awake.fence + 1 };
  if (record.phase === 'Undoing') return result(undoing(definition, record, input));
  const reason = cancelReason(record, input);
  if (reason && !isPastReturn(definition, record)) {
    return result(undoing(definition, turnedBack(record, reason, reasonTexts[reason], now), input));
  }
  return result({ ...running(definition, record, input), cannotCancel: reason !== undefined });
}

const reasonTexts = {
  Withdrawn: 'it is no longer wanted',
  CancelRequested: 'somebody asked for it',
} as const;

function decision<View>(
  { record, effect, waitMs, cannotCancel = false }: Move<View>,
  operationHistory: OperationStatus['operationHistory'],
  { wanted }: OperationInput<View>,
): OperationDecision<View> {
  const isOther =
    record !== undefined && wanted !== undefined && wanted !== 'hold' && !isSame(record, wanted);
  return {
    status: { operation: record, operationHistory },
    ...(effect ? { effect } : {}),
    report: {
      record,
      waiting: isOther ? wanted : undefined,
      cannotCancel,
      next: record?.plannedSteps ?? [],
    },
    ...(waitMs === undefined ? {} : { lookAgainMs: waitMs }),
  };
}

const isSame = (record: OperationRecord, wanted: WantedOperation): boolean =>
  record.kind === wanted.kind && record.key === keyOfWish(wanted);

/** One that has ended stands as long as it is wanted; then it is history, and the next one may begin. */
function begunOrEnded<View>(before: OperationStatus, input: OperationInput<View>): OperationStatus {
  const { wanted, now, epoch } = input;
  const { operation } = before;
  if (operation && !hasEnded(operation)) return before;
  if (wanted === 'hold') return before;
  if (operation && wanted && isSame(operation, wanted)) {
    const isWantedAnew = operation.reason === 'Withdrawn' || input.retry === operation.id;
    if (!isWantedAnew) return before;
  }
  const operationHistory = operation
    ? [summaryOf(operation), ...(before.operationHistory ?? [])].slice(0, historyLimit)
    : before.operationHistory;
  if (!wanted) return { operation: undefined, operationHistory };
  const definition = input.definitions.find(({ kind }) => kind === wanted.kind);
  if (!definition) {
    throw new OperatorError(
      'bad-configuration',
      `the plan wants operation ${wanted.kind}, which is not defined`,
    );
  }
  const fence = nextFence({ operation, operationHistory });
  return { operation: begun(definition, wanted, { fence, epoch, now }), operationHistory };
}

/** Another kind waits for its turn; another key of the same kind is another wish. */
function cancelReason<View>(
  record: OperationRecord,
  { wanted, cancel }: OperationInput<View>,
): 'Withdrawn' | 'CancelRequested' | undefined {
  if (cancel === record.id) return 'CancelRequested';
  if (wanted === 'hold') return undefined;
  if (!wanted) return 'Withdrawn';
  return wanted.kind === record.kind && !isSame(record, wanted) ? 'Withdrawn' : undefined;
}

/** A record of another version of this program is told of and left as it is for one that knows it. */
function unknownIn<View>(
  definition: OperationDefinition<View> | undefined,
  { kind, step, undo }: OperationRecord,
): string | undefined {
  if (!definition) return `this version of the operator does not know operations of kind ${kind}`;
  const names = new Set(definition.steps.map(({ name }) => name));
  const unknown = [...(step === undefined ? [] : [step]), ...undo].find((name) => !names.has(name));
  return unknown === undefined
    ? undefined
    : `this version of the operator does not know step ${unknown} of operation ${kind}`;
}
