import { type EtcdBackupStatus, type Seal } from '@stateful/etcd-backup-api';
import { type JsonValue } from '@stateful/reconcile-sdk';

/** What a capture found: what must be found outside, and what is in it. Kept in the record of the operation. */
export interface Captured {
  readonly seal: Seal;
  readonly etcd: NonNullable<EtcdBackupStatus['etcd']>;
  readonly timings: {
    readonly pointInTime: string;
    readonly captureSeconds: number;
    readonly bytesPerSecond: number;
  };
}

export const asJson = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
export const capturedFrom = (result: JsonValue | undefined): Captured | undefined =>
  result === undefined ? undefined : (result as unknown as Captured);
