import { names } from '@stateful/postgres-api';
import { type DesiredChild } from '@stateful/reconcile-sdk';
import { access, type PolicyRule } from './access.ts';
import { instanceNames } from './instance-access.ts';
import { type Shape } from './shape.ts';

/** What a backup's pod may do: find the primary, ask it, and note the result on its own Job. */
export function backupRules(cluster: string): PolicyRule[] {
  return [
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [names.lease(cluster)],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: [''],
      resources: ['pods'],
      resourceNames: instanceNames(cluster),
      verbs: ['get', 'list', 'watch', 'patch'],
    },
    // Names of Jobs are not known before they exist, so this cannot be narrowed to one.
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'patch'] },
  ];
}

export const backupAccess = (shape: Shape): DesiredChild[] =>
  access(shape, names.backup(shape.name), backupRules(shape.name));
