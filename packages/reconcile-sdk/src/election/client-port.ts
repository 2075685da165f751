import { type KubeClient } from '../client/kube-client.ts';
import { type ObjectKey } from '../client/kube-object.ts';
import { resources } from '../client/resource.ts';
import { type LeasePort } from './contest.ts';

/** The Lease by the client's calls, which wait behind no others. */
export const createClientPort = (client: KubeClient, key: ObjectKey): LeasePort => ({
  read: (signal, timeoutMs) => client.find(resources.leases, key, { signal, timeoutMs, urgent: true }),
  write(lease, signal, timeoutMs) {
    const options = { signal, timeoutMs, urgent: true };
    return lease.metadata?.resourceVersion === undefined
      ? client.create(resources.leases, lease, options)
      : client.update(resources.leases, lease, options);
  },
});
