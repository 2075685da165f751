import { names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { instanceSelector } from '../labels.ts';
import { agentPort, postgresPort } from './ports.ts';
import { metadataOf, type Shape } from './shape.ts';

/** Gives every instance a name of its own in DNS, also before it is ready: replicas are cloned by then. */
export function instancesService(shape: Shape): DesiredChild {
  return child(resources.services, {
    metadata: metadataOf(shape, names.instancesService(shape.name)),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: instanceSelector(shape.name),
      ports: [
        { name: 'postgres', port: postgresPort, protocol: 'TCP', targetPort: postgresPort },
        { name: 'agent', port: agentPort, protocol: 'TCP', targetPort: agentPort },
      ],
    },
  });
}
