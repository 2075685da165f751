import { type EtcdRestore } from '@stateful/etcd-backup-api';

/** Name of the EtcdBackup that a restore needs as long as it is under way: its data must not go. Pure. */
export function backupInUse({ spec, status }: EtcdRestore): string | undefined {
  const succeeded = status?.conditions?.find(({ type }) => type === 'Succeeded')?.status;
  if (succeeded === 'True' || succeeded === 'False') return undefined;
  return (
    status?.selected?.backup ?? (spec as { source?: EtcdRestore['spec']['source'] }).source?.backupRef?.name
  );
}
