import { resources } from '../../client/index.ts';
import { type ExecuteContext } from '../context.ts';
import { parentAnnotation, type Family } from '../ownership.ts';

/**
 * Whether the object goes because its kind or its namespace does, or because an uninstaller marked it. What may not
 * be read (a right that is missing) counts as not so.
 */
export async function isUninstalling(
  family: Family,
  { client, signal }: Pick<ExecuteContext, 'client' | 'signal'>,
): Promise<boolean> {
  if (parentAnnotation(family, 'uninstall') !== undefined) return true;
  const { resource, parent } = family;
  const namespace = parent.metadata?.namespace;
  const going = await Promise.all([
    client
      .find(resources.customResourceDefinitions, { name: `${resource.plural}.${resource.group}` }, { signal })
      .catch(() => undefined),
    namespace === undefined
      ? undefined
      : client.find(resources.namespaces, { name: namespace }, { signal }).catch(() => undefined),
  ]);
  return going.some((object) => object?.metadata?.deletionTimestamp !== undefined);
}
