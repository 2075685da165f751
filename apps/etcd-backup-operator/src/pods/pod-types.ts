import { type Pod } from '@stateful/reconcile-sdk';

export type PodSpec = NonNullable<Pod['spec']>;
export type Container = PodSpec['containers'][number];
export type Mounts = NonNullable<Container['volumeMounts']>;
export type Volume = NonNullable<PodSpec['volumes']>[number];
export type EnvVar = NonNullable<Container['env']>[number];
export type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
