import { type Change } from '../api-server/index.ts';
import { storageKey } from '../api-server/kinds/kind.ts';
import { type SystemUnderTest } from './system.ts';

/** How often an object was made, and deleted. */
export type Counts = ReadonlyMap<string, readonly [made: number, deleted: number]>;

/** Of each object of the managed kinds. */
export function countsOf(changes: readonly Change[], { managed }: Pick<SystemUnderTest, 'managed'>): Counts {
  const kinds = new Set(managed.map(storageKey));
  const counts = new Map<string, [number, number]>();
  for (const { of, key, previous, deleted } of changes) {
    if (!kinds.has(of) || (previous && !deleted)) continue;
    const name = `${of} ${key}`;
    const [made, gone] = counts.get(name) ?? [0, 0];
    counts.set(name, deleted ? [made, gone + 1] : [made + 1, gone]);
  }
  return counts;
}

/** Where two counts differ, for people. With `atMost` less than wanted is fine. */
export function countDifferences(found: Counts, wanted: Counts, atMost = false): string[] {
  const isFine = (count: number, other: number): boolean => count === other || (atMost && count < other);
  return [...new Set([...found.keys(), ...wanted.keys()])].flatMap((name) => {
    const [made, deleted] = found.get(name) ?? [0, 0];
    const [otherMade, otherDeleted] = wanted.get(name) ?? [0, 0];
    return isFine(made, otherMade) && isFine(deleted, otherDeleted)
      ? []
      : [`${name} made ${made} and deleted ${deleted} times instead of ${otherMade} and ${otherDeleted}`];
  });
}
