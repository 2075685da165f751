/** A member as it is told in the cluster that is made. */
export interface RestoredMember {
  readonly name: string;
  readonly peerURL: string;
}

/** How etcdutl makes the data of one member. `bump`: so many revisions are passed over, and all before is marked compacted. */
export const restoreCommand = ({
  file,
  dataDir,
  member,
  initialCluster,
  token,
  bump,
}: {
  file: string;
  dataDir: string;
  member: RestoredMember;
  /** `NAME=URL,NAME=URL` */
  initialCluster: string;
  /** Members with another token do not join. */
  token: string;
  bump?: number | undefined;
}): string[] => [
  ...['etcdutl', 'snapshot', 'restore', file],
  `--data-dir=${dataDir}`,
  `--name=${member.name}`,
  `--initial-cluster=${initialCluster}`,
  `--initial-cluster-token=${token}`,
  `--initial-advertise-peer-urls=${member.peerURL}`,
  ...(bump === undefined ? [] : [`--bump-revision=${bump}`, '--mark-compacted']),
];
