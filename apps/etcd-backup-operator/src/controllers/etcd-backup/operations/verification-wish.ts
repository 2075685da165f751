import { verifyRequestAnnotation, type EtcdBackup, type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { hasEnded, type OperationRecord, type WantedOperation } from '@stateful/reconcile-sdk';

export type VerificationLevel = Exclude<EtcdBackupSpec['verify']['level'], 'Stream'>;

export const verificationKind = 'verification';
/** Key of the drill that the spec asks for; requests have keys of their own. */
const specKey = 'spec';

type Asked = { readonly backup: EtcdBackup; readonly spec: Pick<EtcdBackupSpec, 'verify' | 'method'> };

export const levelOf = ({ params }: Pick<OperationRecord, 'params'>): VerificationLevel =>
  (params?.['level'] as VerificationLevel | undefined) ?? 'Stored';

/** What an annotation asks for: `KEY=LEVEL`; undefined: nothing that is understood. Pure. */
export function requestIn(
  text: string | undefined,
): { readonly key: string; readonly level: VerificationLevel } | undefined {
  const [, key, level] = /^(.{1,200})=(Stored|HashKV|Drill)$/.exec(text ?? '') ?? [];
  return key === undefined || key === specKey ? undefined : { key, level: level as VerificationLevel };
}

/**
 * The check that is wanted of a backup that is complete, one after the other: first the drill of its spec, then what was asked
 * for last. One that has ended goes on being wanted, so that its record stays. Undefined: none was ever asked for. Pure.
 */
export function verificationWish({ backup, spec }: Asked): WantedOperation | undefined {
  const record = backup.status?.operation as OperationRecord | undefined;
  if (spec.method !== 'Snapshot' || !record) return undefined;
  const wish = (key: string, level: VerificationLevel): WantedOperation => ({
    kind: verificationKind,
    key,
    params: { level },
  });
  const request = requestIn(backup.metadata?.annotations?.[verifyRequestAnnotation]);
  if (record.kind === verificationKind) {
    return hasEnded(record) && request && request.key !== record.key
      ? wish(request.key, request.level)
      : wish(record.key, levelOf(record));
  }
  if (record.phase !== 'Succeeded') return undefined;
  if (spec.verify.level === 'Drill') return wish(specKey, 'Drill');
  return request && wish(request.key, request.level);
}
