import {
  defineResource,
  resources,
  type Deployment,
  type KubeObject,
  type ObjectMeta,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
} from '@stateful/reconcile-sdk';
import { type Meta } from '../api-server/json.ts';

/** As it is stored: what the server always writes is there. */
export type Live<T extends KubeObject = KubeObject> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & Meta;
};

/** What a Deployment makes; its fields are a part of a Deployment's. */
export interface ReplicaSet extends KubeObject {
  spec?: NonNullable<Deployment['spec']>;
  status?: {
    replicas: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    terminatingReplicas?: number;
    observedGeneration?: number;
  };
}

/** One template that a StatefulSet has had. */
export interface ControllerRevision extends KubeObject {
  data?: object;
  revision: number;
}

export interface PersistentVolume extends KubeObject {
  spec?: {
    capacity?: Record<string, string>;
    accessModes?: string[];
    storageClassName?: string;
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { kind: string; apiVersion: string; namespace: string; name: string; uid: string };
  };
  status?: { phase?: string };
}

export interface Endpoints extends KubeObject {
  subsets?: object[];
}

/** The kinds that the simulators work on. */
export const kinds = {
  ...resources,
  replicaSets: defineResource<ReplicaSet>('apps', 'v1', 'ReplicaSet', 'replicasets'),
  controllerRevisions: defineResource<ControllerRevision>(
    'apps',
    'v1',
    'ControllerRevision',
    'controllerrevisions',
  ),
  persistentVolumes: defineResource<PersistentVolume>(
    '',
    'v1',
    'PersistentVolume',
    'persistentvolumes',
    'cluster',
  ),
  endpoints: defineResource<Endpoints>('', 'v1', 'Endpoints', 'endpoints'),
} as const;

export type LivePod = Live<Pod>;
export type LiveClaim = Live<PersistentVolumeClaim>;

/** Where the store keeps a kind. */
export const storedAs = ({ group, plural }: Resource): string => `${plural}.${group}`;
