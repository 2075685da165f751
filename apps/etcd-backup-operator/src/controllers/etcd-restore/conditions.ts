import { hasEnded, type ConditionInput, type OperationRecord } from '@stateful/reconcile-sdk';
import { failureOf } from '../etcd-backup/failure.ts';
import { outcomeOf, type JobVerb } from './member-jobs.ts';
import { drillKind } from './operations/kinds.ts';
import { isStopped, targetOf, type View } from './view.ts';

const steps: Record<string, string> = {
  select: 'choosing the backup',
  inspect: 'looking at what is to be replaced',
  check: 'reading the backup and checking it; nothing is touched yet',
  'back-up': 'backing up what is there',
  mark: 'looking how far the old cluster has come',
  stop: 'stopping the members',
  materialize: 'making the new data beside the old',
  swap: 'putting the new data in place of the old',
  start: 'starting the members',
  compare: 'waiting for a quorum, to look at what it serves',
  finish: 'deleting the old data',
  drill: 'starting a throwaway cluster from it',
};

const backwards: Record<string, string> = {
  start: 'stopping the new members',
  materialize: 'putting the old data back',
  stop: 'starting the old members',
};

/** What is so, for people and for `kubectl wait --for=condition=Succeeded`. Pure. */
export const conditionsOf = (view: View, record: OperationRecord | undefined): ConditionInput[] => [
  succeeded(view, record),
];

function succeeded(view: View, record: OperationRecord | undefined): ConditionInput {
  const say = (status: ConditionInput['status'], reason: string, message: string): ConditionInput => ({
    type: 'Succeeded',
    status,
    reason,
    message: message.slice(0, 8_000),
  });
  const { spec, problem } = view;
  if (!record) return say('Unknown', 'Pending', 'it has not begun');
  if (record.phase === 'Succeeded') {
    return record.kind === drillKind
      ? say('True', 'Completed', 'a throwaway cluster came up from it and had the saved keys')
      : say(
          'True',
          'Completed',
          spec.mode === 'Materialize'
            ? 'the data directories stand'
            : 'the cluster serves; restart what holds a cache of it by itself (API servers, controllers), those that watch are told to read anew',
        );
  }
  if (hasEnded(record)) {
    const { reason, message } = causeOf(view, record);
    return say('False', reason, `${message}; ${afterwards(view, record)}`);
  }
  if (record.phase === 'Paused') return say('Unknown', 'Paused', `held while ${steps[record.step ?? '']}`);
  const hindered = record.stuck ?? problem ?? record.lastError;
  const also = hindered === undefined ? '' : `: ${hindered}`;
  if (record.phase === 'Undoing') {
    const { reason, message } = causeOf(view, record);
    return say(
      'Unknown',
      'TakingBack',
      `${backwards[record.step ?? ''] ?? 'taking it back'}, because of ${reason}: ${message}${also}`,
    );
  }
  const waiting = waitingFor(view, record);
  return say(
    'Unknown',
    waiting?.reason ?? (record.stuck === undefined ? 'InProgress' : 'Retrying'),
    `${steps[record.step ?? ''] ?? 'under way'}${waiting ? `: ${waiting.message}` : ''}${also}`,
  );
}

/** Why it turned back. */
export function causeOf({ restore }: View, record: OperationRecord): { reason: string; message: string } {
  if (record.reason === 'Withdrawn') {
    return restore.metadata?.deletionTimestamp === undefined
      ? { reason: 'DeadlineExceeded', message: 'it was not done within spec.activeDeadlineSeconds' }
      : { reason: 'Deleted', message: 'it was deleted while it was under way' };
  }
  if (record.reason === 'CancelRequested') {
    return { reason: 'Cancelled', message: 'somebody asked for it by annotation' };
  }
  if (record.reason !== 'StepFailed') {
    return { reason: record.reason ?? 'Failed', message: record.message ?? '' };
  }
  const { code, message } = failureOf(record.message);
  return { reason: code, message };
}

/** What stands now, after one that came to nothing. */
const afterwards = ({ restore, spec }: View, record: OperationRecord): string => {
  const wasTouched = restore.status?.rollback !== undefined || record.results?.['mark'] !== undefined;
  if (!wasTouched) return 'nothing was stopped or changed';
  return spec.mode === 'InPlace'
    ? 'it was taken back: the old data is in place, and serves as before'
    : 'it was taken back: the volumes are as before';
};

/** What people may have to do. */
function waitingFor(view: View, record: OperationRecord): { reason: string; message: string } | undefined {
  const { spec, users, answering } = view;
  if (record.step === 'stop' && isStopped(view) !== true) {
    const pods = users === 'unknown' ? [] : [...new Set(users.map(({ pod }) => pod))];
    const left = [
      ...(pods.length > 0 ? [`pod ${pods.join(', ')} still has the data`] : []),
      ...(answering !== 'unknown' && answering.length > 0 ? [`${answering.join(', ')} still answers`] : []),
    ].join('; ');
    return spec.target?.workloadRef
      ? { reason: 'Stopping', message: left || 'waiting for its pods to go' }
      : {
          reason: 'StopMembers',
          message: `no workloadRef is set: stop all members by hand${left ? ` (${left})` : ''}`,
        };
  }
  if (record.step === 'compare' && spec.target && !spec.target.workloadRef) {
    return { reason: 'StartMembers', message: 'no workloadRef is set: start all members by hand' };
  }
  const verb = (['materialize', 'swap'] as readonly string[]).find((name) => name === record.step) as
    JobVerb | undefined;
  if (!verb) return undefined;
  const said = targetOf(spec).members.flatMap(({ name }) => {
    const outcome = outcomeOf(view, verb, name);
    return outcome !== 'absent' && outcome.state === 'Running' && outcome.message !== undefined
      ? [`member ${name}: ${outcome.message}`]
      : [];
  });
  return said.length === 0 ? undefined : { reason: 'Retrying', message: said.join('; ') };
}
