/**
 * etcd seen from outside: its members by gRPC, and its snapshots by their pages. It decides nothing.
 */
export { type EtcdAccess } from './client/access.ts';
export { openMember, type EtcdMember } from './client/member.ts';
export type { Alarm, HashAnswer, Member, MemberStatus, SnapshotMessage } from './client/messages.ts';
export {
  BrokenSnapshot,
  followDigests,
  followPages,
  type Digests,
  type HashKV,
  type HashRequest,
  type PageFollower,
  type SnapshotFacts,
  type SnapshotKeys,
} from './snapshot-file/index.ts';
