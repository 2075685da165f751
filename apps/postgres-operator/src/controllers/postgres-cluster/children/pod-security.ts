import { type Pod } from '@stateful/reconcile-sdk';

type PodSpec = NonNullable<Pod['spec']>;

/** User and group `postgres` of our image. */
const postgresId = 999;

/** The restricted Pod Security Standard, for every pod of ours. */
export const podSecurityContext: NonNullable<PodSpec['securityContext']> = {
  runAsNonRoot: true,
  runAsUser: postgresId,
  runAsGroup: postgresId,
  fsGroup: postgresId,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

export const containerSecurityContext: NonNullable<PodSpec['containers'][number]['securityContext']> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
