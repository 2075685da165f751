import { type SnapshotFacts } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { type Agreement } from './compare-members.ts';
import { type Survey } from './survey.ts';

type Surveyed = Pick<Survey, 'member' | 'status' | 'alarms'>;

/** What the members say, without a look into the data. Pure. */
export const memberFacts = ({ member, status, alarms }: Surveyed): Captured['etcd'] => ({
  clusterID: status.clusterID,
  memberID: status.memberID,
  endpoint: member.endpoint,
  wasLeader: status.leader === status.memberID,
  serverVersion: status.version,
  raftIndex: status.raftAppliedIndex,
  raftTerm: status.raftTerm,
  dbSize: status.dbSize,
  dbSizeInUse: status.dbSizeInUse,
  alarms: alarms.map(({ memberID, type }) => `${type} ${memberID}`),
});

/** What is in a backup, for the status and the manifest. Pure. */
export const etcdFacts = (
  surveyed: Surveyed,
  facts: SnapshotFacts,
  agreement: Agreement | undefined,
): Captured['etcd'] => ({
  ...memberFacts(surveyed),
  ...(facts.storageVersion === '' ? {} : { storageVersion: facts.storageVersion }),
  revision: facts.revision,
  compactRevision: facts.compactRevision,
  leases: facts.leases,
  authEnabled: facts.authEnabled,
  ...(agreement
    ? { membersChecked: agreement.membersChecked, membersAgreeing: agreement.membersAgreeing }
    : {}),
});
