import { message, reader, type Reader } from './wire.ts';

/** Field numbers are those of etcd's rpc.proto. Identities are hexadecimal, as etcdctl prints them. */
export interface MemberStatus {
  readonly clusterID: string;
  readonly memberID: string;
  readonly revision: number;
  readonly version: string;
  readonly storageVersion: string;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly leader: string;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly raftTerm: number;
  readonly errors: readonly string[];
  readonly isLearner: boolean;
}

/** A piece of a snapshot. */
export interface SnapshotMessage {
  /** As etcd says it, at the end of the piece. It does not count the digest behind the database. */
  readonly remainingBytes: number;
  readonly blob: Buffer;
}

export interface HashAnswer {
  readonly hash: number;
  readonly compactRevision: number;
  readonly hashRevision: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

export interface Alarm {
  readonly memberID: string;
  readonly type: 'NOSPACE' | 'CORRUPT' | 'NONE';
}

const hex = (value: bigint): string => value.toString(16);
const header = (answer: Reader) => {
  const head = answer.message(1);
  return {
    clusterID: hex(head.big(1)),
    memberID: hex(head.big(2)),
    revision: head.number(3),
  };
};

/** How one call is made and read. */
export interface Method<Request, Answer> {
  readonly path: string;
  readonly write: (request: Request) => Buffer;
  readonly read: (bytes: Buffer) => Answer;
  /** Longer than others may take. */
  readonly deadlineMs?: number;
}

const method = <Request, Answer>(
  path: string,
  write: (request: Request) => Buffer,
  read: (answer: Reader) => Answer,
): Method<Request, Answer> => ({
  path: `/etcdserverpb.${path}`,
  write,
  read: (bytes) => read(reader(bytes)),
});

const empty = (): Buffer => Buffer.alloc(0);
const alarmTypes = ['NONE', 'NOSPACE', 'CORRUPT'] as const;

export const methods = {
  status: method<void, MemberStatus>('Maintenance/Status', empty, (answer) => ({
    ...header(answer),
    version: answer.text(2),
    dbSize: answer.number(3),
    leader: hex(answer.big(4)),
    raftIndex: answer.number(5),
    raftTerm: answer.number(6),
    raftAppliedIndex: answer.number(7),
    errors: answer.all(8).map((text) => text.toString('utf8')),
    dbSizeInUse: answer.number(9),
    isLearner: answer.flag(10),
    storageVersion: answer.text(11),
  })),
  // The member reads all its keys: some seconds for each GiB.
  hashKV: {
    deadlineMs: 300_000,
    ...method<number, HashAnswer>(
      'Maintenance/HashKV',
      (revision) => message({ 1: revision }),
      (answer) => ({
        hash: answer.number(2),
        compactRevision: answer.number(3),
        hashRevision: answer.number(4),
      }),
    ),
  },
  alarms: method<void, Alarm[]>('Maintenance/Alarm', empty, (answer) =>
    answer.all(2).map((bytes) => {
      const alarm = reader(bytes);
      return { memberID: hex(alarm.big(1)), type: alarmTypes[alarm.number(2)] ?? 'NONE' };
    }),
  ),
  members: method<void, Member[]>('Cluster/MemberList', empty, (answer) =>
    answer.all(2).map((bytes) => {
      const member = reader(bytes);
      return {
        id: hex(member.big(1)),
        name: member.text(2),
        clientURLs: member.all(4).map((url) => url.toString('utf8')),
        isLearner: member.flag(5),
      };
    }),
  ),
  /** A linearizable read that brings no keys: its header tells how far the cluster is. */
  revision: method<void, number>(
    'KV/Range',
    () => message({ 1: Buffer.from([0]), 9: true }),
    (answer) => header(answer).revision,
  ),
  /** All keys that are alive at a revision, counted; 0: the newest. */
  keyCount: method<number, number>(
    'KV/Range',
    (revision) => message({ 1: Buffer.from([0]), 2: Buffer.from([0]), 4: revision, 9: true }),
    (answer) => answer.number(4),
  ),
  authenticate: method<{ name: string; password: string }, string>(
    'Auth/Authenticate',
    ({ name, password }) => message({ 1: name, 2: password }),
    (answer) => answer.text(2),
  ),
} as const;
