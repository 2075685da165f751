/**
 * What server-side apply needs to know of a kind: where fields are owned one by one, and where as a whole. A struct
 * has declared fields; a map's entries are anything; a list's items are told apart by their keys, by their value, or
 * not at all.
 */
export type Shape =
  | { readonly is: 'leaf'; readonly type?: string }
  | { readonly is: 'atomic' }
  | {
      readonly is: 'struct';
      readonly fields: Readonly<Record<string, Shape>>;
      readonly others: Shape | 'refused';
    }
  | { readonly is: 'map'; readonly values: Shape }
  | { readonly is: 'set' }
  | {
      readonly is: 'keyed';
      readonly keys: readonly string[];
      readonly defaults: Readonly<Record<string, unknown>>;
      readonly items: Shape;
    }
  /** Nothing is known: objects are maps, lists are atomic. */
  | { readonly is: 'free' };

export const leaf: Shape = { is: 'leaf' };
export const atomic: Shape = { is: 'atomic' };
export const set: Shape = { is: 'set' };
export const free: Shape = { is: 'free' };
/** A struct of a built-in kind, nothing in which is out of the ordinary: its lists are atomic. */
export const loose: Shape = {
  is: 'struct',
  fields: {},
  get others() {
    return loose;
  },
};
/** A struct of a built-in kind: only what is not as usual is named. */
export const looseOf = (fields: Readonly<Record<string, Shape>>): Shape => structOf(fields, loose);
export const structOf = (
  fields: Readonly<Record<string, Shape>>,
  others: Shape | 'refused' = 'refused',
): Shape => ({
  is: 'struct',
  fields,
  others,
});
export const keyed = (
  keys: readonly string[],
  items: Shape,
  defaults: Readonly<Record<string, unknown>> = {},
): Shape => ({
  is: 'keyed',
  keys,
  items,
  defaults,
});
export const mapOf = (values: Shape): Shape => ({ is: 'map', values });

/** `metadata` is the same everywhere. */
export const metadataShape: Shape = structOf(
  {
    labels: mapOf(leaf),
    annotations: mapOf(leaf),
    finalizers: set,
    ownerReferences: keyed(['uid'], atomic),
  },
  leaf,
);
