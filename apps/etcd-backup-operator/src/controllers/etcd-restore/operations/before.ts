import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { isAlreadyExists, type KubeClient } from '@stateful/reconcile-sdk';
import { etcdBackups } from '../../../etcd-backups.ts';
import { failureReasonOf } from '../before-state.ts';
import { restoreFailed } from '../failure.ts';
import { restoreLabel } from '../member-jobs.ts';
import { beforeName, oldClusterOf, type View } from '../view.ts';

/**
 * Asks for a backup of what is there. It has no owner: what a restore replaced outlives the restore. It is found by name and
 * label, so that it is made once.
 */
export async function backUpBefore(view: View, client: KubeClient, signal: AbortSignal): Promise<void> {
  const { before, namespace, uid, results, spec } = view;
  const name = beforeName(view);
  if (before === 'foreign') {
    throw restoreFailed(
      'NameTaken',
      `EtcdBackup ${name} exists and is none of this restore: delete or rename it`,
    );
  }
  if (before) {
    const failure = failureReasonOf(before);
    if (failure === undefined || spec.safety.preRestoreBackup !== 'Required') return;
    throw restoreFailed(
      'PreRestoreBackupFailed',
      `EtcdBackup ${name} failed: ${failure}; nothing was stopped`,
    );
  }
  const backup = {
    metadata: { namespace, name, labels: { [restoreLabel]: uid } },
    spec: { cluster: oldClusterOf(view), store: results.select?.store, verify: { level: 'Stored' } },
  } as unknown as EtcdBackup;
  await client.create(etcdBackups, backup, { signal }).catch((error: unknown) => {
    // An answer that was lost, or somebody else: the next look tells.
    if (!isAlreadyExists(error)) throw error;
  });
}
