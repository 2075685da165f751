/**
 * etcd seen from outside: its members by gRPC, and its snapshots by their pages. It decides nothing.
 */
export { openMember, type EtcdAccess, type EtcdMember } from './client/member.ts';
export type { Alarm, HashAnswer, Member, MemberStatus, SnapshotMessage } from './client/messages.ts';
export {
  BrokenSnapshot,
  followDigests,
  followPages,
  type Digests,
  type SnapshotFacts,
} from './snapshot-file/index.ts';
