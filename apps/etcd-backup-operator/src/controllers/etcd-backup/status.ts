import { type EtcdBackupStatus } from '@stateful/etcd-backup-api';
import { conditionsFrom, hasEnded, kubeTime, type OperationRecord } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';
import { capturedFrom, etcdOf, verificationOf, verifiedFrom } from './captured.ts';
import { conditionsOf, succeeded } from './conditions.ts';
import { requestOf, type Writer } from './request.ts';
import {
  memberFactsIn,
  snapshotsOf,
  volumeConditions,
  volumeProgress,
  volumeRequest,
} from './operations/ebs-backup-status.ts';
import { verificationStatus } from './operations/verification-status.ts';
import { verificationKind } from './operations/verification-wish.ts';
import { isOurs, type View } from './view.ts';

/** The status as the record of the operation makes it. Pure. */
export function statusOf(
  view: View,
  record: OperationRecord | undefined,
  now: number,
  { identity }: Writer,
): EtcdBackupStatus {
  if (record?.kind === verificationKind) return verificationStatus(view, record, now);
  const { backup, uid, keys, spec, store, stored } = view;
  const { status: before, metadata } = backup;
  const attempts = attemptsOf(uid, spec.retry, record, now);
  const captured = capturedFrom(record?.results?.['capture']);
  const verified = verifiedFrom(record?.results?.['verify']);
  const isEbs = spec.method === 'EbsVolume';
  const ebs = isEbs ? snapshotsOf(view, record) : undefined;
  const etcd = (captured && etcdOf(captured, verified)) ?? (isEbs ? memberFactsIn(record) : undefined);
  const problem = isEbs
    ? view.volumes?.problem
    : store
      ? (view.refusal ?? stored.problem)
      : `BackupStore ${spec.storeRef?.name} does not exist: create it`;
  const met = record && hasEnded(record) ? undefined : problem;
  const isDone = record?.phase === 'Succeeded';
  const isOver = isDone || record?.phase === 'Cancelled' || attempts.isOver;
  const request =
    record &&
    requestOf(record, { uid, key: keys.object, identity, attempts, before: before?.lastBackupRequest });
  const bucket = store?.s3.bucket ?? '';
  const startTime = before?.startTime ?? (record ? kubeTime(Date.parse(record.startedAt)) : undefined);
  const completionTime =
    isOver && record?.finishedAt !== undefined ? kubeTime(Date.parse(record.finishedAt)) : undefined;
  return {
    observedGeneration: metadata?.generation ?? 0,
    conditions: conditionsFrom(
      before?.conditions,
      isEbs
        ? [succeeded(record, attempts, met, volumeProgress(view, record)), ...volumeConditions(record)]
        : conditionsOf(record, attempts, met, spec.verify.level),
      metadata?.generation ?? 0,
      now,
    ),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(record && request
      ? { lastBackupRequest: isEbs ? volumeRequest(view, record, request) : request }
      : {}),
    ...(etcd ? { etcd } : {}),
    ...(ebs ? { ebs } : {}),
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
    ...(verified ? { verification: verificationOf(verified) } : {}),
  };
}
