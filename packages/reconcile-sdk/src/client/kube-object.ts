import type { V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node';

/** A generated type as it really travels: JSON, so dates are strings. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Json<U>[]
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T;

export type ObjectMeta = Json<V1ObjectMeta>;
export type OwnerReference = Json<V1OwnerReference>;

/** What every object of the API has. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Where an object is found. */
export interface ObjectKey {
  /** Absent for cluster-scoped kinds. */
  namespace?: string;
  name: string;
}

export const keyOf = (object: KubeObject): ObjectKey => ({
  ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
  name: object.metadata?.name ?? '',
});

/** `NAMESPACE/NAME`, or `NAME` for cluster-scoped kinds: key of maps and of people's log lines. */
export const keyText = ({ namespace, name }: ObjectKey): string =>
  namespace ? `${namespace}/${name}` : name;

export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The reference that makes the garbage collector and R1 see a child as its parent's. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
}

/**
 * Order of two resourceVersions (decimal numbers without leading zeros, comparable since Kubernetes 1.35,
 * KEP-5504): negative when `a` is older.
 */
export function compareResourceVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
