import { names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { postgresPort } from './ports.ts';
import { metadataOf, type Shape } from './shape.ts';

/**
 * Leads to the primary. No selector: the primary's agent writes the EndpointSlice itself once it accepts
 * writes, so that neither readiness probes nor this operator stand in the way of a failover.
 */
export function readWriteService(shape: Shape): DesiredChild {
  return child(resources.services, {
    metadata: metadataOf(shape, names.readWriteService(shape.name)),
    spec: {
      type: 'ClusterIP',
      ports: [{ name: 'postgres', port: postgresPort, protocol: 'TCP', targetPort: postgresPort }],
    },
  });
}
