import { keyOf, type KubeObject, type Resource } from '../../client/index.ts';
import { type ExecuteContext } from '../context.ts';

/**
 * Adds the finalizer to exactly the object that was seen, or takes it off: bound to UID and resourceVersion, since
 * a list is replaced as a whole. Throws a conflict when somebody was faster.
 */
export async function setFinalizer<T extends KubeObject>(
  resource: Resource<T>,
  seen: T,
  name: string,
  isWanted: boolean,
  { client, signal }: Pick<ExecuteContext, 'client' | 'signal'>,
): Promise<T> {
  const { uid, resourceVersion, finalizers = [] } = seen.metadata ?? {};
  const others = finalizers.filter((finalizer) => finalizer !== name);
  return client.mergePatch(
    resource,
    keyOf(seen),
    { metadata: { uid, resourceVersion, finalizers: isWanted ? [...others, name] : others } },
    { signal },
  );
}
