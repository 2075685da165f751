import { type Deployment } from '@stateful/reconcile-sdk';
import { type Live } from '../kinds.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];
export type LiveDeployment = Omit<Live<Deployment>, 'spec'> & {
  readonly spec: NonNullable<Deployment['spec']>;
};

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const historyAnnotation = 'deployment.kubernetes.io/revision-history';
export const hashLabel = 'pod-template-hash';
