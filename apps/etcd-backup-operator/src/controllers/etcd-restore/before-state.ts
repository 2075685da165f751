import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { type Answer } from '@stateful/reconcile-sdk';
import { hasFailed, isComplete } from '../etcd-backup-schedule/backups.ts';
import { type View } from './view.ts';

/** Why the backup before a restore came to nothing; undefined: it did not. */
export function failureReasonOf(backup: EtcdBackup): string | undefined {
  if (!hasFailed(backup)) return undefined;
  const condition = backup.status?.conditions?.find(({ type }) => type === 'Succeeded');
  return `${condition?.reason}: ${condition?.message}`;
}

/** Whether what is there has been saved, as far as the spec asks for it. Pure. */
export function isSavedBefore({ spec, before, results }: View): Answer {
  const policy = spec.safety.preRestoreBackup;
  if (spec.mode !== 'InPlace' || policy === 'Never') return true;
  // Nobody answered: that it is required then was refused before.
  if (!results.inspect?.live) return true;
  if (before === undefined || before === 'foreign') return false;
  return isComplete(before) || (policy === 'IfPossible' && hasFailed(before));
}
