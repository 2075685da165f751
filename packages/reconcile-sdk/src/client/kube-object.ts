import type { V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node';

/** A generated type as it really travels: JSON, so dates are strings. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Json<U>[]
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T;

/** `metadata` as JSON: times are strings. */
export type ObjectMeta = Json<V1ObjectMeta>;
/** One of `metadata.ownerReferences`. */
export type OwnerReference = Json<V1OwnerReference>;

/** What every object of the API has. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Where an object is found. */
export interface ObjectKey {
  /** Name of a cluster other than the operator's own, where several are watched. */
  cluster?: string;
  /** Absent for cluster-scoped kinds. */
  namespace?: string;
  name: string;
}

/** Where an object is found; of one without a name, an empty one. */
export const keyOf = (object: KubeObject): ObjectKey => ({
  ...(object.metadata?.namespace ? { namespace: object.metadata.namespace } : {}),
  name: object.metadata?.name ?? '',
});

/**
 * `NAMESPACE/NAME`, or `NAME` for cluster-scoped kinds, after `CLUSTER//` for another cluster's: key of maps and of
 * people's log lines.
 */
export const keyText = ({ cluster, namespace, name }: ObjectKey): string =>
  `${cluster === undefined ? '' : `${cluster}//`}${namespace ? `${namespace}/` : ''}${name}`;

/** The opposite of `keyText`. Names of objects have no slash; that of a cluster may have single ones. */
export function parseKey(text: string): ObjectKey {
  const end = text.indexOf('//');
  const cluster = end < 0 ? {} : { cluster: text.slice(0, end) };
  const rest = end < 0 ? text : text.slice(end + 2);
  const slash = rest.indexOf('/');
  return slash < 0
    ? { ...cluster, name: rest }
    : { ...cluster, namespace: rest.slice(0, slash), name: rest.slice(slash + 1) };
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
