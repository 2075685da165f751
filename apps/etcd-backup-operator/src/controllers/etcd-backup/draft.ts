import { type EtcdBackupStatus } from '@stateful/etcd-backup-api';
import { type Condition, type OperationRecord } from '@stateful/reconcile-sdk';
import { type Writer } from './request.ts';
import { statusOf } from './status.ts';
import { type View } from './view.ts';

/** The status as the engine handles it. */
export type Status = Omit<EtcdBackupStatus, 'conditions' | 'operation' | 'operationHistory'> & {
  conditions?: Condition[] | undefined;
};

/** Not JSON: it never reaches the API server. */
const viewOf = Symbol('view');

/**
 * All of the status follows from the record of the operation, which the engine moves after the plan: so a plan hands on its view,
 * and `finished` makes the status of it.
 */
export const draft = (view: View): Status => ({ [viewOf]: view }) as Status;

export function finished(
  status: Status,
  record: OperationRecord | undefined,
  now: number,
  writer: Writer,
): Status {
  const { [viewOf]: view, ...kept } = status as Status & { [viewOf]?: View };
  // One that is going says how it came out, and what its deletion meets.
  if (!view) return status;
  return { ...kept, ...(statusOf(view, record, now, writer) as Status) };
}
