import { names } from '@stateful/postgres-api';
import { type DesiredChild } from '@stateful/reconcile-sdk';
import { access, type PolicyRule } from './access.ts';
import { type Shape } from './shape.ts';

/** The most instances that the schema allows. All their names are granted, so that scaling never waits for a Role. */
const maxInstances = 15;

export const instanceNames = (cluster: string): string[] =>
  Array.from({ length: maxInstances }, (_, ordinal) => names.instance(cluster, ordinal));

/** What an instance's agent may do. Creating cannot be narrowed to a name, so what is created is checked by name elsewhere. */
export function instanceRules(cluster: string): PolicyRule[] {
  return [
    // Who is primary, and who follows.
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [names.lease(cluster)],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    // Promises of the others; the own role, promise and answers to backup requests.
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], resourceNames: instanceNames(cluster), verbs: ['patch'] },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [names.config(cluster)],
      verbs: ['get', 'list', 'watch'],
    },
    // Where writes go.
    {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      resourceNames: [names.readWriteEndpoints(cluster)],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['create'] },
  ];
}

export const instanceAccess = (shape: Shape): DesiredChild[] =>
  access(shape, names.instanceAccount(shape.name), instanceRules(shape.name));
