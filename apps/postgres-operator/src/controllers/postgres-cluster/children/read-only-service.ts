import { labels, names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { instanceSelector } from '../labels.ts';
import { postgresPort } from './ports.ts';
import { metadataOf, type Shape } from './shape.ts';

/** Leads to all ready replicas. */
export function readOnlyService(shape: Shape): DesiredChild {
  return child(resources.services, {
    metadata: metadataOf(shape, names.readOnlyService(shape.name)),
    spec: {
      type: 'ClusterIP',
      selector: { ...instanceSelector(shape.name), [labels.role]: 'replica' },
      ports: [{ name: 'postgres', port: postgresPort, protocol: 'TCP', targetPort: postgresPort }],
    },
  });
}
