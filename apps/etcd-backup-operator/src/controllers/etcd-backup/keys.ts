/** Where a backup stands in its bucket: known before anything is done, and of no other object ever. */
export interface Keys {
  readonly object: string;
  readonly manifest: string;
}

export function keysOf(prefix: string, uid: string): Keys {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return { object: `${folder}v1/${uid}/snapshot.db`, manifest: `${folder}v1/${uid}/manifest.json` };
}

/** Metadata that says whose an object is. */
export const ownerField = 'etcd-backup-uid';
