/** Real members on loopback, and the part of a client that writes. For tests alone. */
export { startEtcd, type EtcdCluster, type MemberProcess } from './start-etcd.ts';
export { openWriter, type Writer } from './writer.ts';
