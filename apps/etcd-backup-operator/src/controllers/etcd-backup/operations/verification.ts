import {
  kubeTime,
  operation,
  OperatorError,
  type Clock,
  type OperationDefinition,
} from '@stateful/reconcile-sdk';
import { ObjectStoreError } from '@stateful/object-store';
import { type OpenStore } from '../../../ports/stores.ts';
import { asJson } from '../captured.ts';
import { attemptFailed, failureCodes, type FailureCode } from '../failure.ts';
import { type View } from '../view.ts';
import { checkStored, type Checked } from './verification-check.ts';
import { missingForDrill, type DrillImages } from './verification-drill.ts';
import { levelOf, verificationKind, type VerificationLevel } from './verification-wish.ts';

export interface VerificationOptions extends DrillImages {
  readonly openStore: OpenStore;
  readonly clock: Clock;
}

/** What a check of a complete backup came to; kept in the record of the operation. */
export interface Judged {
  readonly level: VerificationLevel;
  readonly result: 'Passed' | 'Skipped';
  readonly reason?: string;
  /** RFC 3339. */
  readonly at: string;
  readonly restoredRevision?: number;
  readonly restoredHashKV?: number;
  readonly rtoSeconds?: number;
}

const checkMs = 6 * 3_600_000;
/** Tries at reading back; with the waits between them four minutes, and each asks the store more than once. */
const mostAttempts = 8;
/** A Job ends by itself before; this is for one that is not even run. */
const jobGraceMs = 600_000;
const longestDrillMs = 86_400_000 + jobGraceMs;

/**
 * Checks a complete backup once more: reads it back, and, for level Drill, has a throwaway etcd restored from it. The Job is made
 * by the plan as long as the record is at these steps, and is gone before the operation has ended, well or not.
 */
export function verification({
  openStore,
  clock,
  ...images
}: VerificationOptions): OperationDefinition<View> {
  const hasNoDrill = ({ params }: { params: object }): boolean =>
    levelOf({ params: params as never }) !== 'Drill';
  const isGone = ({ drill }: View): boolean => !drill?.isLeft;
  return operation<View>({
    kind: verificationKind,
    steps: [
      {
        name: 'check',
        done: (_, { result }) => result !== undefined,
        timeoutMs: checkMs,
        deadlineMs: checkMs,
        async act(view, call) {
          const level = levelOf(call);
          const missing = level === 'Drill' ? missingForDrill(view, images) : undefined;
          if (missing !== undefined) throw attemptFailed('NotSupported', missing);
          if (!view.store) throw new OperatorError('not-found', 'the BackupStore does not exist');
          const store = await openStore(view.namespace, view.store, call.signal);
          try {
            return asJson(await checkStored(view, level, { store, signal: call.signal }));
          } catch (error) {
            throw givenUp(error, call.attempt);
          } finally {
            store.close();
          }
        },
      },
      {
        name: 'drill',
        done({ drill }, context) {
          if (hasNoDrill(context)) return true;
          if (!drill || drill.outcome === 'absent' || drill.outcome.state === 'Running') return false;
          return drill.outcome.state === 'Unknown' ? 'unknown' : true;
        },
        deadlineMs: longestDrillMs,
        pollMs: 1_000,
        undo: { done: isGone },
      },
      {
        name: 'judge',
        done: (_, { result }) => result !== undefined,
        act: (view, { results, params }) => Promise.resolve(asJson(judge(view, params, results, clock))),
        pollMs: 1_000,
        undo: { done: isGone },
      },
      { name: 'clean-up', done: isGone, pollMs: 500 },
    ],
  });
}

/** A store that refuses, or has not answered for some minutes: the check has ended, and is asked for again another time. */
function givenUp(error: unknown, attempt: number): unknown {
  if (!(error instanceof ObjectStoreError)) return error;
  if (!error.isPassing) return attemptFailed('StoreRefused', error.message, error);
  return attempt < mostAttempts ? error : attemptFailed('StoreUnavailable', error.message, error);
}

/** What came out, while the Job is there to tell. Throws what the drill failed with. */
function judge(
  view: View,
  params: object,
  results: { readonly [step: string]: unknown },
  clock: Clock,
): Judged {
  const checked = results['check'] as Checked;
  const asked = levelOf({ params: params as never });
  const at = kubeTime(clock.now());
  if (asked !== 'Drill') {
    return {
      level: checked.level,
      result: checked.reason === undefined ? 'Passed' : 'Skipped',
      ...(checked.reason === undefined ? {} : { reason: checked.reason }),
      at,
    };
  }
  const { drill } = view;
  const outcome = drill?.outcome;
  if (
    !drill ||
    !outcome ||
    outcome === 'absent' ||
    outcome.state === 'Unknown' ||
    outcome.state === 'Running'
  )
    throw new OperatorError('unavailable', 'what the drill came to is not seen yet');
  if (outcome.state === 'Failed') throw attemptFailed(codeOf(outcome.code), outcome.message);
  const said = outcome.results['compare'];
  if (!said) throw attemptFailed('DrillFailed', 'the drill ended well and did not say what it found');
  const began = Date.parse(drill.job?.metadata?.creationTimestamp ?? '');
  const served = Date.parse(said.servedAt ?? '');
  return {
    level: 'Drill',
    result: 'Passed',
    at,
    ...(said.revision === undefined ? {} : { restoredRevision: said.revision }),
    ...(said.hashKV === undefined ? {} : { restoredHashKV: said.hashKV }),
    ...(Number.isNaN(served - began) ? {} : { rtoSeconds: Math.max(0, Math.ceil((served - began) / 1000)) }),
  };
}

/** Words of the agent that nobody here knows are told as one. */
const codeOf = (code: string): FailureCode => failureCodes.find((known) => known === code) ?? 'DrillFailed';
