import { type Captured } from './captured.ts';
import { type View } from './view.ts';

/** Of manifests; a reader refuses one that is higher than it knows. */
export const manifestSchemaVersion = 1;

/**
 * The commit record of a backup: without it there is none. It holds all that a restore has to know, so that a bucket is a
 * catalogue by itself. The same for the same capture. Pure.
 */
export function manifestOf(
  { backup, uid, namespace, keys }: View,
  { seal, etcd, timings }: Captured,
): object {
  return {
    schemaVersion: manifestSchemaVersion,
    opID: uid,
    backup: { namespace, name: backup.metadata?.name ?? '' },
    object: { key: keys.object, compression: 'None', ...seal },
    etcd,
    pointInTime: timings.pointInTime,
  };
}

export const manifestBytes = (manifest: object): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
