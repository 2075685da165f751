import { type JsonValue, type OperationRecord, type StepCall } from '@stateful/reconcile-sdk';
import { type Ec2Code, Ec2Error } from '../../../ports/ec2-error.ts';
import { type Volumes, type WantedSnapshot } from '../../../ports/volumes.ts';
import { asJson } from '../captured.ts';
import { attemptFailed, type FailureCode } from '../failure.ts';
import { chosenOf, ownTags, type MadeSnapshot } from './ebs-backup-snapshots.ts';

/**
 * A request may have been made by an earlier attempt of the step, and shows nothing: it is looked for until `notBefore`, and the
 * attempt after `attempt`, and no other, may make a second one then.
 */
export interface Settling {
  readonly attempt: number;
  readonly notBefore: number;
  /** How many may have been made so far. */
  readonly calls: number;
}

/** What is kept of the request for one volume's snapshot: what came of it, or that it is waited for. */
export type CallResult = (MadeSnapshot & { readonly calledAt: number; readonly calls: number }) | Settling;

export const callResultOf = (result: JsonValue | undefined): CallResult | undefined =>
  result as unknown as CallResult | undefined;
export const isSettling = (result: CallResult | undefined): result is Settling =>
  result !== undefined && 'notBefore' in result;

/** When no further snapshot of an earlier request can show any more: only then are those that show all. Pure. */
export function quietAt(result: CallResult | undefined, settleMs: number): number {
  if (result === undefined || result.calls < 2) return -Infinity;
  return isSettling(result) ? result.notBefore : result.calledAt + settleMs;
}

const codes: Record<Exclude<Ec2Code, 'Unanswered'>, FailureCode> = {
  NotAllowed: 'NotAllowed',
  BadCredentials: 'BadCredentials',
  VolumeNotFound: 'VolumeNotFound',
  VolumeBusy: 'VolumeBusy',
  SnapshotLimit: 'SnapshotLimit',
  Throttled: 'Throttled',
  RequestRefused: 'RequestRefused',
};

/** What ends an attempt, when EC2 has refused: nothing is on its way then. All else is asked for again. */
export const refusal = (error: unknown): unknown =>
  error instanceof Ec2Error && error.ec2Code !== 'Unanswered'
    ? attemptFailed(codes[error.ec2Code], error.message, error)
    : error;

/**
 * The one request that makes a snapshot. EC2 knows no token for it, so it is made only by an attempt before which surely none was
 * on its way: the first, or the one after a time of looking. That it may be made stands in the status before.
 */
export async function createOnce(
  volumes: Volumes,
  wanted: WantedSnapshot,
  {
    uid,
    call,
    isFirst,
    settleMs,
    now,
  }: {
    uid: string;
    call: Pick<StepCall, 'attempt' | 'result' | 'signal'>;
    /** No earlier operation of this backup can have left a request on its way. */
    isFirst: boolean;
    settleMs: number;
    now: () => number;
  },
): Promise<JsonValue> {
  const { attempt, signal } = call;
  const before = callResultOf(call.result);
  const found = chosenOf(await volumes.find(ownTags(uid), signal), wanted.volumeID);
  const settling = isSettling(before) ? before : undefined;
  if (found) return asJson(made(found, now(), settling?.calls ?? 1));
  const isFree = settling
    ? attempt === settling.attempt + 1 && now() >= settling.notBefore
    : attempt === 1 && isFirst;
  if (!isFree) {
    const calls = (settling?.calls ?? 0) + 1;
    return asJson({ attempt, notBefore: now() + settleMs, calls } satisfies Settling);
  }
  const calledAt = now();
  try {
    return asJson(made(await volumes.create(wanted, signal), calledAt, (settling?.calls ?? 0) + 1));
  } catch (error) {
    throw refusal(error);
  }
}

const made = (
  { snapshotID, volumeID, startTime }: MadeSnapshot,
  calledAt: number,
  calls: number,
): CallResult => ({ snapshotID, volumeID, startTime, calledAt, calls });

/** Whether the operations before this one ended with an answer, so that nothing of them is on its way. Pure. */
export function isFirstOf(
  operationId: string,
  kind: string,
  { operation, operationHistory }: { operation?: unknown; operationHistory?: unknown },
): boolean {
  const known = [operation, ...((operationHistory as unknown[] | undefined) ?? [])] as (
    Partial<OperationRecord> | undefined
  )[];
  const last = known.find((one) => one?.kind === kind && one.id !== operationId);
  return last === undefined || last.reason === 'StepFailed';
}
