/** Label of every EtcdBackup that a schedule made; its value is the schedule's name. */
export const scheduleLabel = 'db.example.com/schedule';
/** Annotation of such an EtcdBackup: the time that it was made for, RFC 3339. */
export const scheduledAtAnnotation = 'db.example.com/scheduled-at';
/** Annotation by which one more check of an EtcdBackup is asked for: `KEY=LEVEL`. */
export const verifyRequestAnnotation = 'db.example.com/verify-request';
/** Holds an EtcdBackup that is deleted until its data is gone. */
export const backupDataFinalizer = 'db.example.com/backup-data';
