import type {
  CoreV1Event,
  EventsV1Event,
  V1ConfigMap,
  V1CronJob,
  V1CustomResourceDefinition,
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1Lease,
  V1Namespace,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node';
import { type Json, type KubeObject, type ObjectKey } from './kube-object.ts';

/** Names one kind of object at one version, and carries its type. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in URLs. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never present at run time. */
  readonly __object?: T;
}

/** `Pod` as JSON: dates are strings. */
export type Pod = Json<V1Pod>;
/** `Secret` as JSON: dates are strings. */
export type Secret = Json<V1Secret>;
/** `Service` as JSON: dates are strings. */
export type Service = Json<V1Service>;
/** `ConfigMap` as JSON: dates are strings. */
export type ConfigMap = Json<V1ConfigMap>;
/** `ServiceAccount` as JSON: dates are strings. */
export type ServiceAccount = Json<V1ServiceAccount>;
/** `PersistentVolumeClaim` as JSON: dates are strings. */
export type PersistentVolumeClaim = Json<V1PersistentVolumeClaim>;
/** `Namespace` as JSON: dates are strings. */
export type Namespace = Json<V1Namespace>;
/** `Node` as JSON: dates are strings. */
export type Node = Json<V1Node>;
/** `Event` of the core group (v1) as JSON: dates are strings. */
export type CoreEvent = Json<CoreV1Event>;
/** `StatefulSet` as JSON: dates are strings. */
export type StatefulSet = Json<V1StatefulSet>;
/** `Deployment` as JSON: dates are strings. */
export type Deployment = Json<V1Deployment>;
/** `Job` as JSON: dates are strings. */
export type Job = Json<V1Job>;
/** `CronJob` as JSON: dates are strings. */
export type CronJob = Json<V1CronJob>;
/** `PodDisruptionBudget` as JSON: dates are strings. */
export type PodDisruptionBudget = Json<V1PodDisruptionBudget>;
/** `Role` as JSON: dates are strings. */
export type Role = Json<V1Role>;
/** `RoleBinding` as JSON: dates are strings. */
export type RoleBinding = Json<V1RoleBinding>;
/** `Lease` as JSON: dates are strings. */
export type Lease = Json<V1Lease>;
/** `EndpointSlice` as JSON: dates are strings. */
export type EndpointSlice = Json<V1EndpointSlice>;
/** `Event` of events.k8s.io as JSON: dates are strings. */
export type Event = Json<EventsV1Event>;
/** `StorageClass` as JSON: dates are strings. */
export type StorageClass = Json<V1StorageClass>;
/** `CustomResourceDefinition` as JSON: dates are strings. */
export type CustomResourceDefinition = Json<V1CustomResourceDefinition>;

/** Names a kind, such as one of a CRD: `defineResource<Widget>('example.com', 'v1', 'Widget', 'widgets')`. */
export function defineResource<T extends KubeObject>(
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): Resource<T> {
  return Object.freeze({ group, version, kind, plural, namespaced: scope === 'namespaced' });
}

/** The built-in kinds that operators meet most. Named, so that declarations do not repeat every kind's fields. */
export interface BuiltInResources {
  readonly pods: Resource<Pod>;
  readonly secrets: Resource<Secret>;
  readonly services: Resource<Service>;
  readonly configMaps: Resource<ConfigMap>;
  readonly serviceAccounts: Resource<ServiceAccount>;
  readonly persistentVolumeClaims: Resource<PersistentVolumeClaim>;
  readonly namespaces: Resource<Namespace>;
  readonly nodes: Resource<Node>;
  readonly coreEvents: Resource<CoreEvent>;
  readonly statefulSets: Resource<StatefulSet>;
  readonly deployments: Resource<Deployment>;
  readonly jobs: Resource<Job>;
  readonly cronJobs: Resource<CronJob>;
  readonly podDisruptionBudgets: Resource<PodDisruptionBudget>;
  readonly roles: Resource<Role>;
  readonly roleBindings: Resource<RoleBinding>;
  readonly leases: Resource<Lease>;
  readonly endpointSlices: Resource<EndpointSlice>;
  readonly events: Resource<Event>;
  readonly storageClasses: Resource<StorageClass>;
  readonly customResourceDefinitions: Resource<CustomResourceDefinition>;
}

/** The built-in kinds that operators meet most. */
export const resources: BuiltInResources = {
  pods: defineResource<Pod>('', 'v1', 'Pod', 'pods'),
  secrets: defineResource<Secret>('', 'v1', 'Secret', 'secrets'),
  services: defineResource<Service>('', 'v1', 'Service', 'services'),
  configMaps: defineResource<ConfigMap>('', 'v1', 'ConfigMap', 'configmaps'),
  serviceAccounts: defineResource<ServiceAccount>('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  persistentVolumeClaims: defineResource<PersistentVolumeClaim>(
    '',
    'v1',
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
  ),
  namespaces: defineResource<Namespace>('', 'v1', 'Namespace', 'namespaces', 'cluster'),
  nodes: defineResource<Node>('', 'v1', 'Node', 'nodes', 'cluster'),
  coreEvents: defineResource<CoreEvent>('', 'v1', 'Event', 'events'),
  statefulSets: defineResource<StatefulSet>('apps', 'v1', 'StatefulSet', 'statefulsets'),
  deployments: defineResource<Deployment>('apps', 'v1', 'Deployment', 'deployments'),
  jobs: defineResource<Job>('batch', 'v1', 'Job', 'jobs'),
  cronJobs: defineResource<CronJob>('batch', 'v1', 'CronJob', 'cronjobs'),
  podDisruptionBudgets: defineResource<PodDisruptionBudget>(
    'policy',
    'v1',
    'PodDisruptionBudget',
    'poddisruptionbudgets',
  ),
  roles: defineResource<Role>('rbac.authorization.k8s.io', 'v1', 'Role', 'roles'),
  roleBindings: defineResource<RoleBinding>('rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'),
  leases: defineResource<Lease>('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  endpointSlices: defineResource<EndpointSlice>('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  events: defineResource<Event>('events.k8s.io', 'v1', 'Event', 'events'),
  storageClasses: defineResource<StorageClass>(
    'storage.k8s.io',
    'v1',
    'StorageClass',
    'storageclasses',
    'cluster',
  ),
  customResourceDefinitions: defineResource<CustomResourceDefinition>(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    'cluster',
  ),
};

/** `GROUP/VERSION`, or `VERSION` in the core group, as objects say it. */
export const apiVersionOf = ({ group, version }: Resource): string =>
  group ? `${group}/${version}` : version;

/** Short name for people and metrics: `statefulsets.apps`. */
export const resourceText = ({ group, plural }: Resource): string => (group ? `${plural}.${group}` : plural);

/** URL path of a collection, or of one object when a name is given. */
export function pathOf(resource: Resource, key: Partial<ObjectKey> = {}, subresource?: string): string {
  const parts = [
    resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`,
    ...(resource.namespaced && key.namespace ? ['namespaces', encodeURIComponent(key.namespace)] : []),
    resource.plural,
    ...(key.name ? [encodeURIComponent(key.name)] : []),
    ...(key.name && subresource ? [subresource] : []),
  ];
  return parts.join('/');
}
