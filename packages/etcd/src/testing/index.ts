/** Real members on loopback, and the part of a client that writes. For tests alone. */
export { startEtcd, type EtcdCluster, type EtcdOptions, type MemberProcess } from './start-etcd.ts';
export { openWriter, type Writer } from './writer.ts';
export { startPodRunner, type PodRunner, type PodRunnerOptions } from './pod-runner.ts';
export { watchFrom, type WatchBeginning } from './watch-from.ts';
