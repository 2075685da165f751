import { type EtcdRestoreStatus } from '@stateful/etcd-backup-api';
import { type Condition, type OperationRecord } from '@stateful/reconcile-sdk';
import { statusOf } from './status.ts';
import { type View } from './view.ts';

/** The status as the engine handles it. */
export type Status = Omit<EtcdRestoreStatus, 'conditions' | 'operation' | 'operationHistory'> & {
  conditions?: Condition[] | undefined;
};

/** Not JSON: it never reaches the API server. */
const viewOf = Symbol('view');

/** All of the status follows from the record, which the engine moves after the plan: `finished` makes it of the view. */
export const draft = (view: View): Status => ({ [viewOf]: view }) as Status;

export function finished(status: Status, record: OperationRecord | undefined, now: number): Status {
  const { [viewOf]: view, ...kept } = status as Status & { [viewOf]: View };
  return { ...kept, ...(statusOf(view, record, now) as Status) };
}
