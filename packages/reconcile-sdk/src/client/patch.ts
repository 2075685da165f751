/** What server-side apply sends: of an object exactly the fields that are to be owned, at any depth. */
export type Applied<T> = T extends readonly (infer U)[]
  ? readonly Applied<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: Applied<T[K]> | undefined }
    : T;

/**
 * RFC 7386: what is named is set, null takes it away, the rest stays. An array replaces the whole array.
 * `metadata.uid` and `metadata.resourceVersion` are preconditions.
 */
export type MergePatch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: MergePatch<T[K]> | null | undefined }
    : T;

/** One operation of RFC 6902. Paths are JSON pointers: `/spec/replicas`. */
export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string };
