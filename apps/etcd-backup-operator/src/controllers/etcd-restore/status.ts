import { type EtcdRestoreStatus } from '@stateful/etcd-backup-api';
import { conditionsFrom, hasEnded, kubeTime, type OperationRecord } from '@stateful/reconcile-sdk';
import { conditionsOf } from './conditions.ts';
import { isComplete, outcomeOf } from './member-jobs.ts';
import { resultsOf, type Results } from './selected.ts';
import { type View } from './view.ts';

type MemberStatus = NonNullable<EtcdRestoreStatus['members']>[number];

/** The status as the record of the operation makes it. Pure. */
export function statusOf(seen: View, record: OperationRecord | undefined, now: number): EtcdRestoreStatus {
  const { restore, spec } = seen;
  const { status: before, metadata } = restore;
  const results = resultsOf(record?.results);
  const view: View = { ...seen, record, results };
  const { select, mark, compare, drill } = results;
  const startTime = before?.startTime ?? (record ? kubeTime(Date.parse(record.startedAt)) : undefined);
  const generation = metadata?.generation ?? 0;
  const shown = compare ?? drill;
  return {
    observedGeneration: generation,
    conditions: conditionsFrom(before?.conditions, conditionsOf(view, record), generation, now),
    ...(startTime === undefined ? {} : { startTime }),
    ...(record?.finishedAt === undefined ? {} : { completionTime: kubeTime(Date.parse(record.finishedAt)) }),
    ...(select
      ? {
          selected: {
            ...(select.backup === undefined ? {} : { backup: select.backup }),
            uri: `s3://${select.store.s3.bucket}/${select.key}`,
            ...(select.versionID === undefined ? {} : { versionID: select.versionID }),
            why: select.why,
          },
        }
      : {}),
    ...(mark?.oldClusterID !== undefined || shown?.clusterID !== undefined
      ? {
          clusterID: {
            ...(mark?.oldClusterID === undefined ? {} : { old: mark.oldClusterID }),
            ...(shown?.clusterID === undefined ? {} : { new: shown.clusterID }),
          },
        }
      : {}),
    ...revisionOf(results),
    ...hashOf(results),
    ...(spec.target && record ? { members: membersOf(view, record) } : {}),
    ...rollbackOf(view, record),
  };
}

function revisionOf({ select, check, mark, compare, drill }: Results): Pick<EtcdRestoreStatus, 'revision'> {
  const before = check?.revision ?? select?.etcd.revision;
  const after = compare?.revision ?? drill?.revision;
  if (before === undefined) return {};
  return {
    revision: {
      before,
      ...(mark?.bump === undefined ? {} : { bump: mark.bump }),
      ...(after === undefined ? {} : { after }),
    },
  };
}

function hashOf({ check, compare, drill }: Results): Pick<EtcdRestoreStatus, 'hashKV'> {
  const shown = compare ?? drill;
  if (!shown) return {};
  return {
    hashKV: {
      ...(check?.hashKV === undefined ? {} : { expected: check.hashKV }),
      ...(shown.hashKV === undefined ? {} : { actual: shown.hashKV }),
      ...(shown.skipped === undefined ? {} : { skipped: shown.skipped }),
    },
  };
}

/** How far each member is: what its Jobs say, and what was known when they are gone. */
function membersOf(view: View, record: OperationRecord): MemberStatus[] {
  const { spec, restore, results } = view;
  const isUndoing = record.reason !== undefined;
  return (spec.target?.members ?? []).map(({ name }) => {
    const before = restore.status?.members?.find((member) => member.name === name);
    const made = outcomeOf(view, 'materialize', name);
    const swapped = outcomeOf(view, 'swap', name);
    const bytes =
      made !== 'absent' && made.state === 'Succeeded' ? made.results['check']?.sizeBytes : before?.bytes;
    const message = [made, swapped].flatMap((outcome) =>
      outcome !== 'absent' && 'message' in outcome && outcome.message !== undefined ? [outcome.message] : [],
    )[0];
    const step = (): MemberStatus['step'] => {
      if (isUndoing) {
        const wasTouched = before !== undefined && !['Pending', 'Checked'].includes(before.step);
        return isComplete(view, 'back', name) || (hasEnded(record) && wasTouched)
          ? 'RolledBack'
          : (before?.step ?? 'Pending');
      }
      if (results.compare && results.compare.clusterID !== undefined) return 'Started';
      if (isComplete(view, 'swap', name)) return 'Swapped';
      if (isComplete(view, 'materialize', name)) return 'Materialized';
      return before?.step ?? 'Pending';
    };
    return {
      name,
      step: step(),
      ...(bytes === undefined ? {} : { bytes }),
      ...(message === undefined ? {} : { message: message.slice(0, 4096) }),
    };
  });
}

/** Where the old data is, from the moment on that something is put beside it. */
function rollbackOf(
  { spec, uid, restore }: View,
  record: OperationRecord | undefined,
): Pick<EtcdRestoreStatus, 'rollback'> {
  if (spec.mode !== 'InPlace' || !record) return {};
  const isTouched =
    restore.status?.rollback !== undefined ||
    ['swap', 'start', 'compare', 'finish'].includes(record.step ?? '');
  if (!isTouched) return {};
  const isGone = record.phase === 'Succeeded' && spec.oldData === 'DeleteAfterSuccess';
  const isBack = record.reason !== undefined && hasEnded(record);
  if (isGone || isBack) return { rollback: { available: false } };
  const folder = spec.target?.dataDir.replace(/\/+$/, '') ?? '';
  return { rollback: { available: true, path: `${folder === '' ? '' : `${folder}/`}member.pre-${uid}` } };
}
