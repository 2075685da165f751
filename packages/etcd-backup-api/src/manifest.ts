import { timestamp } from '@stateful/crd-kit';
import * as z from 'zod';
import { etcdFactsSchema, sealSchema } from './etcd-backup-status.ts';
import { verificationStatusSchema } from './verification.ts';

/** Of manifests; a reader refuses one that is higher than it knows, with SchemaTooNew. */
export const manifestSchemaVersion = 1;

/**
 * The commit record of a backup, `manifest.json` beside its object: without it there is none. It holds all that a restore has to
 * know, so that a bucket is a catalogue by itself. Fields may be added within a version; readers pass over those they do not know.
 */
export const backupManifestSchema = z.object({
  schemaVersion: z.int().min(1),
  opID: z.string().describe('UID of the EtcdBackup.'),
  backup: z.object({ namespace: z.string(), name: z.string() }),
  schedule: z.object({ name: z.string(), uid: z.string() }).optional().describe('The schedule that made it.'),
  object: sealSchema.extend({ key: z.string(), compression: z.enum(['None']) }),
  etcd: etcdFactsSchema,
  pointInTime: timestamp(),
  verification: verificationStatusSchema
    .optional()
    .describe('What was checked before the manifest was written.'),
});

export type BackupManifest = z.output<typeof backupManifestSchema>;

/** What a manifest says, or why it cannot be used. */
export type ReadManifest =
  | { readonly ok: true; readonly manifest: BackupManifest }
  | { readonly ok: false; readonly reason: 'SchemaTooNew' | 'ManifestUnreadable'; readonly message: string };

/** Reads the bytes of a `manifest.json`. Never throws. */
export function readManifest(bytes: Uint8Array): ReadManifest {
  const unreadable = (message: string): ReadManifest => ({
    ok: false,
    reason: 'ManifestUnreadable',
    message,
  });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return unreadable('it is no JSON');
  }
  const version = z.object({ schemaVersion: z.int().min(1) }).safeParse(value);
  if (!version.success) return unreadable('it has no schemaVersion');
  const { schemaVersion } = version.data;
  if (schemaVersion > manifestSchemaVersion) {
    return {
      ok: false,
      reason: 'SchemaTooNew',
      message: `its schema version is ${schemaVersion}, and this version of the operator knows up to ${manifestSchemaVersion}: use a newer one`,
    };
  }
  const parsed = backupManifestSchema.safeParse(value);
  return parsed.success
    ? { ok: true, manifest: parsed.data }
    : unreadable(z.prettifyError(parsed.error).replaceAll('\n', ' '));
}

export const manifestBytes = (manifest: BackupManifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
