/** Its name everywhere: Lease, field manager, logs. */
export const operatorName = 'etcd-backup-operator';
