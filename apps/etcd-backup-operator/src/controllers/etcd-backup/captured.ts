import { type EtcdBackupSpec, type EtcdBackupStatus, type Seal } from '@stateful/etcd-backup-api';
import { type JsonValue } from '@stateful/reconcile-sdk';
import { type Agreement } from './operations/compare-members.ts';

type VerificationLevel = EtcdBackupSpec['verify']['level'];

/** What a capture found: what must be found outside, and what is in it. Kept in the record of the operation. */
export interface Captured {
  readonly seal: Seal;
  /** The upload that holds it, unless an object was found. */
  readonly uploadID?: string;
  readonly etcd: NonNullable<EtcdBackupStatus['etcd']>;
  /** What the members said of their keys; undefined: they were not asked. */
  readonly members?: Pick<Agreement, 'told' | 'disagreeing' | 'silent'>;
  readonly timings: {
    readonly pointInTime: string;
    readonly captureSeconds: number;
    readonly bytesPerSecond: number;
  };
}

/** What was checked of the stored object; kept in the record of the operation. */
export interface Verified {
  /** The highest that was reached. */
  readonly level: VerificationLevel;
  /** Skipped: what was asked for could not be checked. */
  readonly result: 'Passed' | 'Failed' | 'Skipped';
  /** RFC 3339. */
  readonly at: string;
  readonly reason?: string;
  readonly durationSeconds: number;
  /** At the saved revision and its compaction, from the stored pages. */
  readonly hashKV?: number;
  readonly keys?: number;
}

export const asJson = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
export const capturedFrom = (result: JsonValue | undefined): Captured | undefined =>
  result === undefined ? undefined : (result as unknown as Captured);
export const verifiedFrom = (result: JsonValue | undefined): Verified | undefined =>
  // A record of an earlier version names the level alone, and is there only if all was well.
  result === undefined
    ? undefined
    : {
        result: 'Passed',
        durationSeconds: 0,
        ...(result as unknown as Omit<Verified, 'result' | 'durationSeconds'>),
      };

/** What is in the backup, with what the check of the stored object found. Pure. */
export const etcdOf = ({ etcd }: Captured, verified: Verified | undefined): Captured['etcd'] => ({
  ...etcd,
  ...(verified?.hashKV === undefined ? {} : { hashKV: verified.hashKV }),
  ...(verified?.keys === undefined ? {} : { keys: verified.keys }),
});

/** As the status and the manifest tell it. Pure. */
export const verificationOf = ({
  level,
  result,
  at,
  reason,
  durationSeconds,
}: Verified): NonNullable<EtcdBackupStatus['verification']> => ({
  level,
  result,
  at,
  durationSeconds,
  ...(reason === undefined ? {} : { reason: reason.slice(0, 1024) }),
});
