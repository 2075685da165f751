import { hasEnded, type FinalPlan, type Plan } from '@stateful/reconcile-sdk';
import { childrenOf, type Images } from './children.ts';
import { draft, type Status } from './draft.ts';
import { drillKind, restoreKind } from './operations/kinds.ts';
import { type View } from './view.ts';

/** What one restore needs: its operation until that has ended, once, and the Jobs of the step that is under way. Pure. */
export function plan(view: View, now: number, images: Images): Plan<Status> {
  const { record, spec } = view;
  const deadline = record ? Date.parse(record.startedAt) + spec.activeDeadlineSeconds * 1000 : Infinity;
  const isOver = record !== undefined && hasEnded(record);
  const isLate = !isOver && now >= deadline;
  return {
    children: childrenOf(view, images),
    // One request is one restore: what has ended is not begun again, but when somebody asks for it by annotation.
    ...(isLate || isRetired(view)
      ? isOver
        ? { operation: 'hold' }
        : {}
      : { operation: { kind: spec.mode === 'Drill' ? drillKind : restoreKind, key: '1' } }),
    status: draft(view),
    ...(isOver || deadline === Infinity ? {} : { requeueAfterMs: Math.max(1_000, deadline - now) }),
  };
}

/** Withdrawn, it would begin again as soon as it is wanted. */
const isRetired = ({ record }: View): boolean => record?.reason === 'Withdrawn';

/** Whether something would be left half done if the object went now. */
export const isUnderWay = ({ record, spec }: View): boolean =>
  spec.mode !== 'Drill' && record !== undefined && !hasEnded(record);

/** A restore that is deleted while it runs is taken back first; one that has passed its last step ends. */
export function finalize(view: View, _now: number, images: Images): FinalPlan<Status> {
  const { spec, record } = view;
  const { workloadRef } = spec.target ?? {};
  return {
    children: childrenOf(view, images),
    status: draft(view),
    done: record === undefined || hasEnded(record),
    leftBehind: `${workloadRef ? `${workloadRef.kind} ${workloadRef.name} scaled to 0, and ` : ''}half-restored data on its claims`,
  };
}
