import {
  operation,
  type JsonObject,
  type OperationDefinition,
  type WantedOperation,
} from '@stateful/reconcile-sdk';
import { isActive } from '../backups.ts';
import { type Surplus } from '../keeping.ts';
import { type View } from '../view.ts';
import { historyKind } from './kinds.ts';
import { removeRecord, type Deleter } from './remove-record.ts';

/** So many at a time; the next look finds the rest. */
const most = 20;

/** The wish that EtcdBackups beyond the limits go. Pure. */
export const historyOf = (surplus: readonly Surplus[]): WantedOperation | undefined =>
  surplus.length === 0
    ? undefined
    : {
        kind: historyKind,
        key: surplus[0]!.uid,
        params: { records: surplus.slice(0, most) as unknown as readonly JsonObject[] },
      };

/** Deletes EtcdBackups whose data stays, or that never had any. */
export const history = (client: Deleter): OperationDefinition<View> =>
  operation<View>({
    kind: historyKind,
    deadlineMs: 600_000,
    steps: [
      {
        name: 'delete-records',
        done: (_, { result }) => result !== undefined,
        timeoutMs: 120_000,
        async act({ namespace }, { params, signal }) {
          let count = 0;
          for (const { name, uid, data } of params['records'] as unknown as readonly Surplus[]) {
            const where = { namespace, name, uid };
            if (await removeRecord(client, where, data, (live) => !isActive(live), signal)) count++;
          }
          return count;
        },
      },
    ],
  });
