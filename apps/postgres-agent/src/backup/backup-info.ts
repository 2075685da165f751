import * as z from 'zod';
import { type LastBackup } from '@stateful/postgres-api';
import { kubeTime } from '@stateful/reconcile-sdk';

const infoSchema = z.array(
  z.object({
    status: z.object({ code: z.number(), message: z.string() }),
    backup: z.array(
      z.object({
        label: z.string(),
        annotation: z.record(z.string(), z.string()).optional(),
        timestamp: z.object({ start: z.number(), stop: z.number() }),
        lsn: z.object({ start: z.string(), stop: z.string() }).optional(),
        info: z.object({
          size: z.number(),
          repository: z.object({ delta: z.number().optional(), size: z.number().optional() }),
        }),
        error: z.boolean().nullable().optional(),
      }),
    ),
  }),
);

/** The backup that was made for request `id`, from `pgbackrest info --output=json`; undefined when there is none. */
export function findBackup(json: string, id: string, job: string): LastBackup | undefined {
  const backups = infoSchema.parse(JSON.parse(json)).flatMap((stanza) => stanza.backup);
  const found = backups.findLast((backup) => backup.annotation?.['request'] === id);
  if (!found) return undefined;
  const { info, timestamp, lsn } = found;
  const stored = info.repository.delta ?? info.repository.size;
  return {
    id: job,
    state: found.error === true ? 'Failed' : 'Succeeded',
    label: found.label,
    startedAt: kubeTime(timestamp.start * 1000),
    finishedAt: kubeTime(timestamp.stop * 1000),
    sizeBytes: info.size,
    ...(stored === undefined ? {} : { repositorySizeBytes: stored }),
    ...(lsn ? { startLsn: lsn.start, stopLsn: lsn.stop } : {}),
    ...(found.error === true ? { error: 'pgBackRest found invalid page checksums' } : {}),
  };
}
