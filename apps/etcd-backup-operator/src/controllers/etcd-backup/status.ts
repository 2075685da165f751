import { type EtcdBackupStatus } from '@stateful/etcd-backup-api';
import { conditionsFrom, hasEnded, kubeTime, type OperationRecord } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';
import { capturedFrom } from './captured.ts';
import { conditionsOf } from './conditions.ts';
import { requestOf, type Writer } from './request.ts';
import { isOurs, isSupported, type View } from './view.ts';

/** The status as the record of the operation makes it. Pure. */
export function statusOf(
  view: View,
  record: OperationRecord | undefined,
  now: number,
  { identity }: Writer,
): EtcdBackupStatus {
  const { backup, uid, keys, spec, store, stored } = view;
  const { status: before, metadata } = backup;
  const attempts = attemptsOf(uid, spec.retry, record, now);
  const captured = capturedFrom(record?.results?.['capture']);
  const problem = !isSupported(spec)
    ? `method ${spec.method} is not implemented by this version of the operator: use Snapshot`
    : store
      ? stored.problem
      : `BackupStore ${spec.storeRef?.name} does not exist: create it`;
  const isDone = record?.phase === 'Succeeded';
  const isOver = isDone || record?.phase === 'Cancelled' || attempts.isOver;
  const bucket = store?.s3.bucket ?? '';
  const startTime = before?.startTime ?? (record ? kubeTime(Date.parse(record.startedAt)) : undefined);
  const completionTime =
    isOver && record?.finishedAt !== undefined ? kubeTime(Date.parse(record.finishedAt)) : undefined;
  const verified = record?.results?.['verify'] as { level: 'Stream' | 'Stored'; at: string } | undefined;
  return {
    observedGeneration: metadata?.generation ?? 0,
    conditions: conditionsFrom(
      before?.conditions,
      conditionsOf(record, attempts, record && hasEnded(record) ? undefined : problem, spec.verify.level),
      metadata?.generation ?? 0,
      now,
    ),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(record
      ? {
          lastBackupRequest: requestOf(record, {
            uid,
            key: keys.object,
            identity,
            attempts,
            before: before?.lastBackupRequest,
          }),
        }
      : {}),
    ...(captured ? { etcd: captured.etcd } : {}),
    ...(captured && isDone
      ? {
          artifact: before?.artifact ?? {
            uri: `s3://${bucket}/${keys.object}`,
            ...(isOurs(stored) && stored.object.versionId !== undefined
              ? { versionID: stored.object.versionId }
              : {}),
            ...(isOurs(stored) ? { etag: stored.object.etag } : {}),
            ...(isOurs(stored) && stored.object.retainUntil
              ? { retainUntil: kubeTime(stored.object.retainUntil.getTime()) }
              : {}),
            sizeBytes: captured.seal.sizeBytes,
            ...(captured.seal.checksum === undefined ? {} : { checksum: captured.seal.checksum }),
            snapshotSHA256: captured.seal.sha256,
            manifestURI: `s3://${bucket}/${keys.manifest}`,
            compression: 'None',
          },
          timings: {
            ...captured.timings,
            totalSeconds: Math.max(
              0,
              Math.round((Date.parse(record.finishedAt ?? '') - Date.parse(startTime ?? '')) / 1000),
            ),
          },
        }
      : {}),
    ...(verified ? { verification: { level: verified.level, result: 'Passed', at: verified.at } } : {}),
  };
}
