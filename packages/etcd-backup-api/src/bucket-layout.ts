/** Where a backup stands in its bucket: known before anything is done, and of no other object ever. */
export interface BackupKeys {
  readonly object: string;
  readonly manifest: string;
}

/** The folder of all backups below a prefix, with its closing slash. */
export const backupsFolder = (prefix: string): string =>
  `${prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`}v1/`;

/** `uid`: of the EtcdBackup. */
export function backupKeys(prefix: string, uid: string): BackupKeys {
  const folder = `${backupsFolder(prefix)}${uid}/`;
  return { object: `${folder}snapshot.db`, manifest: `${folder}manifest.json` };
}

/** Metadata that says whose an object is. */
export const ownerField = 'etcd-backup-uid';
