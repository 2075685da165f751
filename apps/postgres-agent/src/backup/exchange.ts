import * as z from 'zod';
import { lastBackupSchema, type LastBackup } from '@stateful/postgres-api';

/** What a Job asks of the primary, in annotation `db.example.com/backup-request` of its pod. */
export const backupRequestSchema = z.object({
  /** The Job's UID: the same request is never carried out twice. */
  id: z.string().min(1),
  job: z.string().min(1),
});
export type BackupRequest = z.output<typeof backupRequestSchema>;

/** The answer, in annotation `db.example.com/backup-result` of the same pod. */
export const backupAnswerSchema = z.object({ id: z.string(), backup: lastBackupSchema });
export type BackupAnswer = { id: string; backup: LastBackup };

export function parseAnnotation<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
