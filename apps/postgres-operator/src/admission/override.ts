import { group, type PostgresCluster } from '@stateful/postgres-api';

/**
 * Goes on without checks whose facts cannot be had, for the one generation that it names: what was decided about one
 * change says nothing of the next. It overrides no check that could be made.
 */
export const uncheckedAnnotation = `${group}/unchecked-generation`;

/** How to go on without facts; undefined: the object says so for the generation that is judged. */
export function withoutFacts(metadata: PostgresCluster['metadata'], generation: number): string | undefined {
  return metadata?.annotations?.[uncheckedAnnotation] === String(generation)
    ? undefined
    : `try again, or annotate the object with ${uncheckedAnnotation}: "${generation}" to make just this change without the check`;
}
