import { annotations, lastBackupSchema, names, type LastBackup } from '@stateful/postgres-api';
import {
  OperatorError,
  describeError,
  isNotFound,
  resources,
  type Clock,
  type KubeClient,
  type Logger,
} from '@stateful/reconcile-sdk';
import { backupAnswerSchema, parseAnnotation, type BackupRequest } from './exchange.ts';

export interface BackupJobOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly namespace: string;
  readonly cluster: string;
  /** Name of the Job that this pod belongs to. */
  readonly job: string;
  readonly timeoutMs: number;
}

const lookMs = 1_000;

/**
 * Asks the primary for a backup and waits for the answer; when another becomes primary meanwhile, that one is
 * asked. The result is written on the Job, where the operator reads it. Returns whether the backup succeeded.
 */
export async function requestBackup(options: BackupJobOptions): Promise<boolean> {
  const { client, clock, log, namespace, cluster, job } = options;
  const { metadata } = await client.get(resources.jobs, { namespace, name: job });
  const known = parseAnnotation(lastBackupSchema, metadata?.annotations?.[annotations.backupResult]);
  // A pod of this Job has been here before and had its answer.
  if (known?.state === 'Succeeded') return true;
  const request: BackupRequest = { id: metadata?.uid ?? '', job };
  const deadline = clock.monotonic() + options.timeoutMs;
  let asked = '';
  let problem = 'there is no primary to ask';
  while (clock.monotonic() < deadline) {
    try {
      const answer = await ask();
      if (answer) {
        await client.mergePatch(
          resources.jobs,
          { namespace, name: job },
          {
            metadata: {
              uid: metadata?.uid,
              annotations: { [annotations.backupResult]: JSON.stringify(answer) },
            },
          },
        );
        log.info({ ...answer }, 'answered');
        return answer.state === 'Succeeded';
      }
    } catch (error) {
      problem = describeError(error);
      log.warn({ error: problem }, 'asking again');
    }
    await clock.sleep(lookMs);
  }
  throw new OperatorError('timeout', `no backup within ${options.timeoutMs / 1000} s: ${problem}`);

  async function ask(): Promise<LastBackup | undefined> {
    const lease = await client.get(resources.leases, { namespace, name: names.lease(cluster) });
    const primary = lease.spec?.holderIdentity ?? '';
    if (primary === '') {
      problem = 'there is no primary at the moment';
      return undefined;
    }
    const key = { namespace, name: primary };
    const pod = await client.get(resources.pods, key).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const answer = parseAnnotation(
      backupAnswerSchema,
      pod?.metadata?.annotations?.[annotations.backupResult],
    );
    if (answer?.id === request.id) return answer.backup;
    const target = `${primary}/${pod?.metadata?.uid ?? ''}`;
    if (pod && asked !== target) {
      await client.mergePatch(resources.pods, key, {
        metadata: {
          uid: pod.metadata?.uid,
          annotations: { [annotations.backupRequest]: JSON.stringify(request) },
        },
      });
      asked = target;
      problem = `${primary} has not answered`;
      log.info({ primary }, 'asked for a backup');
    }
    return undefined;
  }
}
