import { writeFile } from 'node:fs/promises';
import { annotations, type AgentConfig, type LastBackup } from '@stateful/postgres-api';
import {
  createReflector,
  describeError,
  kubeTime,
  resources,
  type Clock,
  type KubeClient,
  type Logger,
  type Pod,
  type Random,
} from '@stateful/reconcile-sdk';
import { type MemberSettings } from '../member/settings.ts';
import { runCommand } from '../postgres/command.ts';
import { type Layout } from '../postgres/layout.ts';
import { findBackup } from './backup-info.ts';
import {
  backupAnswerSchema,
  backupRequestSchema,
  parseAnnotation,
  type BackupAnswer,
  type BackupRequest,
} from './exchange.ts';
import { renderPgbackrest, stanza } from './pgbackrest-config.ts';
import { readRepositoryKeys } from './repository-keys.ts';

export interface BackupServiceOptions {
  readonly settings: MemberSettings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly layout: Layout;
  readonly config: () => AgentConfig;
  readonly isPrimary: () => boolean;
}

/** Looks after the repository while this member is primary, and carries out what Jobs ask for on its pod. */
export interface BackupService {
  run(signal: AbortSignal): Promise<void>;
}

const lookMs = 1_000;
/** A store that cannot be reached is asked again after this. */
const retryMs = 20_000;
const maxErrorLength = 1_000;

export function createBackupService(options: BackupServiceOptions): BackupService {
  const { settings, client, clock, random, log, layout, config, isPrimary } = options;
  const key = { namespace: settings.namespace, name: settings.pod };
  /** The repository that is known to be ready, as it was configured. */
  let prepared = '';
  let written = '';
  let retryAt = -Infinity;

  const pgbackrest = (args: readonly string[], signal: AbortSignal): Promise<string> =>
    runCommand('pgbackrest', [`--config=${layout.pgbackrest}`, `--stanza=${stanza}`, ...args], {
      signal,
      onLine: (line) => log.debug({ pgbackrest: line.slice(0, 500) }, 'backup'),
    });

  /** The configuration is written before the first WAL is archived; the stanza is made once per repository. */
  async function prepare(signal: AbortSignal): Promise<void> {
    const { backup } = config();
    if (!backup || clock.monotonic() < retryAt) return;
    try {
      const keys = await readRepositoryKeys(settings.objectStoreDir);
      const text = renderPgbackrest(backup, keys, {
        layout,
        port: settings.port,
        retentionDays: backup.retentionDays,
      });
      if (text === prepared) return;
      if (text !== written) await writeFile(layout.pgbackrest, text, { mode: 0o600 });
      written = text;
      if (!isPrimary()) return;
      await pgbackrest(['stanza-create'], signal);
      prepared = text;
      log.info({ repository: backup.path }, 'the backup repository is ready');
    } catch (error) {
      retryAt = clock.monotonic() + retryMs;
      if (!signal.aborted) log.warn({ error: firstLine(error) }, 'the backup repository is not ready');
    }
  }

  async function carryOut({ id, job }: BackupRequest, signal: AbortSignal): Promise<LastBackup> {
    const startedAt = kubeTime(clock.now());
    try {
      await prepare(signal);
      if (prepared === '') throw new Error('the backup repository is not ready; the agent’s log says why');
      // A crash after the backup and before the answer: it is there already.
      const before = findBackup(await pgbackrest(['--output=json', 'info'], signal), id, job);
      if (before) return before;
      log.info({ job }, 'backup begins');
      await pgbackrest([`--annotation=request=${id}`, '--type=full', 'backup'], signal);
      const made = findBackup(await pgbackrest(['--output=json', 'info'], signal), id, job);
      if (!made) throw new Error('pgBackRest finished, but the repository does not list the backup');
      log.info({ job, label: made.label }, 'backup done');
      return made;
    } catch (error) {
      log.error({ job, error: firstLine(error) }, 'backup failed');
      return {
        id: job,
        state: 'Failed',
        startedAt,
        finishedAt: kubeTime(clock.now()),
        error: firstLine(error),
      };
    }
  }

  async function answer(pod: Pod | undefined, signal: AbortSignal): Promise<void> {
    const request = parseAnnotation(
      backupRequestSchema,
      pod?.metadata?.annotations?.[annotations.backupRequest],
    );
    const given = parseAnnotation(backupAnswerSchema, pod?.metadata?.annotations?.[annotations.backupResult]);
    if (!request || request.id === given?.id || !isPrimary()) return;
    const result: BackupAnswer = { id: request.id, backup: await carryOut(request, signal) };
    // Ended in the middle by a failover or a stop: the Job asks the next primary.
    if (signal.aborted || !isPrimary()) return;
    await client.mergePatch(resources.pods, key, {
      metadata: { uid: settings.podUid, annotations: { [annotations.backupResult]: JSON.stringify(result) } },
    });
  }

  return {
    async run(signal) {
      const pods = createReflector<Pod>({
        client,
        resource: resources.pods,
        namespace: key.namespace,
        fieldSelector: `metadata.name=${key.name}`,
        clock,
        random,
      });
      const watching = pods.run(signal);
      while (!signal.aborted) {
        try {
          await prepare(signal);
          await answer(pods.store.get(key.namespace, key.name), signal);
        } catch (error) {
          if (!signal.aborted)
            log.warn({ error: describeError(error) }, 'a backup request could not be answered');
        }
        await clock.sleep(lookMs, signal).catch(() => undefined);
      }
      await watching;
    },
  };
}

/** Errors of pgBackRest can hold the store's whole answer; its beginning says what is wrong. */
const firstLine = (error: unknown): string =>
  (describeError(error).split('***')[0] ?? '').trim().slice(0, maxErrorLength);
