import { keyOf, resourceText, type KubeObject } from '../client/index.ts';
import { changedConditions, type Condition } from '../status/index.ts';
import { type ExecuteContext, type ExecuteResult } from './context.ts';
import { type StatusLike } from './status-like.ts';
import { type Family } from './ownership.ts';

/** A status as it stands on the server after a write, for the next one. */
export interface WrittenStatus {
  readonly change: ExecuteResult['wroteStatus'];
  readonly status: StatusLike | undefined;
  readonly resourceVersion: string | undefined;
}

/**
 * Writes the status if it differs from `before`, and tells of conditions that changed. With `exact` it is bound to
 * the resourceVersion that was seen: a record of an operation never overwrites a newer one.
 */
export async function writeStatus(
  controller: string,
  { parent, resource }: Family,
  before: Pick<WrittenStatus, 'status' | 'resourceVersion'>,
  status: StatusLike,
  exact: boolean,
  context: ExecuteContext,
): Promise<WrittenStatus> {
  const change = statusChange(before.status, status);
  const name = `${resourceText(resource)}/status`;
  if (change === 'none') {
    context.metrics.writeSkipped(controller, name);
    return { ...before, change };
  }
  const key = keyOf(parent);
  const { resourceVersion } = before;
  const result = await context.client.apply<KubeObject>(
    resource,
    {
      metadata: {
        ...key,
        ...(parent.metadata?.uid === undefined ? {} : { uid: parent.metadata.uid }),
        ...(exact && resourceVersion !== undefined ? { resourceVersion } : {}),
      },
      status,
    } as KubeObject,
    { subresource: 'status', force: true, signal: context.signal },
  );
  context.metrics.writeMade(controller, resourceText(resource), 'status');
  const version = result.metadata?.resourceVersion;
  if (version) context.onStatusWritten?.({ change, resourceVersion: version });
  for (const condition of changedConditions(before.status?.conditions, status.conditions)) {
    context.events.record(result, {
      type: isBad(condition) ? 'Warning' : 'Normal',
      reason: condition.reason,
      action: 'Reconcile',
      note: `${condition.type} is ${condition.status}: ${condition.message}`,
    });
  }
  return { change, status, resourceVersion: version ?? resourceVersion };
}

/** What a write of the status would change. */
export function statusChange(
  before: StatusLike | undefined,
  after: StatusLike,
): ExecuteResult['wroteStatus'] {
  if (isSame(before ?? {}, after)) return 'none';
  const { conditions: _old, ...old } = before ?? {};
  const { conditions: _new, ...fresh } = after;
  return before !== undefined && isSame(old, fresh) ? 'conditions-only' : 'more';
}

/** As it will be stored, in JSON: undefined members do not exist there. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => isSame(item ?? null, b[index] ?? null))
    );
  }
  const [one, other] = [a, b] as Readonly<Record<string, unknown>>[];
  return Object.keys({ ...one, ...other }).every((key) => isSame(one![key], other![key]));
}

/** Degraded and Stuck are bad when true, the others when false; not knowing and getting on are no warning. */
const isBad = ({ type, status }: Condition): boolean =>
  type === 'Degraded' || type === 'Stuck'
    ? status === 'True'
    : status === 'False' && type !== 'Progressing' && type !== 'Ready';
