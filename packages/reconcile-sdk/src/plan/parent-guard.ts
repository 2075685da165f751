import { isDeepStrictEqual } from 'node:util';
import { keyOf, keyText } from '../client/index.ts';
import { OperatorError, describeError, isConflict } from '../errors/index.ts';
import { type ExecuteContext } from './context.ts';
import { type Family } from './ownership.ts';
import { type Parent } from './plan.ts';

const operationOf = (object: Parent | undefined): unknown =>
  (object?.status as { operation?: unknown } | undefined)?.operation;

/** Throws a conflict when the plan was made from a view of the parent that no longer holds. */
export type ParentGuard = () => Promise<void>;

const newerParent = 'the parent has changed or is going';
export const isNewerParent = (error: unknown): boolean =>
  isConflict(error) && describeError(error).includes(newerParent);

/**
 * R2, R3, R7: before the first write of a plan the parent is read past the cache. It has to be the same object at
 * the same generation and point of its operation; and not going, or, while `finalizer` is given, going and still held by it.
 */
export function parentGuard(
  { parent, resource }: Family,
  { client, signal }: Pick<ExecuteContext, 'client' | 'signal'>,
  finalizer?: string,
): ParentGuard {
  let checked: Promise<void> | undefined;
  return () =>
    (checked ??= client.find<Parent>(resource, keyOf(parent), { signal }).then((live) => {
      const going = live?.metadata?.deletionTimestamp !== undefined;
      const isSame =
        live?.metadata?.uid === parent.metadata?.uid &&
        live?.metadata?.generation === parent.metadata?.generation &&
        // What children are wanted may hang on how far an operation has come, which no generation counts.
        isDeepStrictEqual(operationOf(live), operationOf(parent)) &&
        (finalizer === undefined ? !going : going && live.metadata?.finalizers?.includes(finalizer) === true);
      if (!isSame) throw new OperatorError('conflict', `${keyText(keyOf(parent))}: ${newerParent}`);
    }));
}
