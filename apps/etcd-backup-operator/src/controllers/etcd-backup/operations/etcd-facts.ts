import { type SnapshotFacts } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { type Agreement } from './compare-members.ts';
import { type Survey } from './survey.ts';

/** What is in a backup, for the status and the manifest. Pure. */
export const etcdFacts = (
  { member, status, alarms }: Pick<Survey, 'member' | 'status' | 'alarms'>,
  facts: SnapshotFacts,
  agreement: Agreement | undefined,
): Captured['etcd'] => ({
  clusterID: status.clusterID,
  memberID: status.memberID,
  endpoint: member.endpoint,
  wasLeader: status.leader === status.memberID,
  serverVersion: status.version,
  ...(facts.storageVersion === '' ? {} : { storageVersion: facts.storageVersion }),
  revision: facts.revision,
  compactRevision: facts.compactRevision,
  raftIndex: status.raftAppliedIndex,
  raftTerm: status.raftTerm,
  dbSize: status.dbSize,
  dbSizeInUse: status.dbSizeInUse,
  leases: facts.leases,
  authEnabled: facts.authEnabled,
  alarms: alarms.map(({ memberID, type }) => `${type} ${memberID}`),
  ...agreement,
});
