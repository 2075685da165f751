import { type Fields, type Stored } from '../json.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';

/** In which form an answer is wanted. */
export type Form = 'whole' | 'metadata';

export const formOf = (accept: string | undefined): Form =>
  accept?.includes('as=PartialObjectMetadata') ? 'metadata' : 'whole';

/** An object as it is given: at the version that was asked for, or its metadata alone. */
export function present(object: Stored, kind: Kind, form: Form): Fields {
  if (form === 'metadata') {
    return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
  }
  return { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
}

/** Items of lists of built-in kinds do not name their kind. */
export function presentItem(object: Stored, kind: Kind, form: Form): Fields {
  if (form === 'metadata' || kind.schema) return present(object, kind, form);
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  return rest;
}
