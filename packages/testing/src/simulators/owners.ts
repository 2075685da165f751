import { controllerOf, type KubeObject, type Resource } from '@stateful/reconcile-sdk';
import { type Change } from '../api-server/index.ts';
import { storedAs } from './kinds.ts';

/** Keys of the controllers of a kind that a change of a child concerns: that of now and that of before. */
export function ownersAmong({ of, object, previous }: Change, kind: string, child: Resource): string[] {
  if (of !== storedAs(child)) return [];
  const owners = [object, previous].map((each) => controllerOf((each ?? {}) as KubeObject));
  const names = owners.flatMap((owner) => (owner?.kind === kind ? [owner.name] : []));
  return [...new Set(names)].map((name) => `${object.metadata.namespace ?? ''}/${name}`);
}
