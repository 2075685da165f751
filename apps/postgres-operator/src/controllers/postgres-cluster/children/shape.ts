import { type PostgresCluster, type PostgresClusterSpec } from '@stateful/postgres-api';
import { type ObjectMeta } from '@stateful/reconcile-sdk';
import { clusterLabels } from '../labels.ts';

/** What children are made from once the spec has passed all checks: only facts, nothing left to decide. */
export interface Shape {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly spec: PostgresClusterSpec;
  /** Image of `spec.version`. */
  readonly image: string;
}

export function shapeOf(cluster: PostgresCluster, spec: PostgresClusterSpec, image: string): Shape {
  const { name = '', namespace = '', uid = '' } = cluster.metadata ?? {};
  return { name, namespace, uid, spec, image };
}

/** Metadata of a child; the engine adds namespace and owner reference. */
export const metadataOf = ({ name }: Shape, childName: string): ObjectMeta => ({
  name: childName,
  labels: clusterLabels(name),
});
