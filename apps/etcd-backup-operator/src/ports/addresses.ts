import { type EtcdCluster } from '@stateful/etcd-backup-api';
import { OperatorError, resources, type EndpointSlice, type KubeClient } from '@stateful/reconcile-sdk';

type ServiceRef = NonNullable<EtcdCluster['serviceRef']>;
/** Client URLs of the members behind a headless Service. */
export type FindMembers = (
  namespace: string,
  service: ServiceRef,
  scheme: 'http' | 'https',
  signal?: AbortSignal,
) => Promise<string[]>;

/**
 * Every address of a Service once, in one order, those of pods that are not ready among them: whether a member can be read is asked
 * of itself. Pure.
 */
export function memberURLs(
  slices: readonly EndpointSlice[],
  { port }: Pick<ServiceRef, 'port'>,
  scheme: 'http' | 'https',
): string[] {
  const addresses = slices.flatMap(({ addressType, endpoints }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.terminating !== true)
      .map((one) => (addressType === 'IPv6' ? `[${one.addresses[0]}]` : (one.addresses[0] ?? ''))),
  );
  return [...new Set(addresses)]
    .filter((address) => address !== '')
    .sort()
    .map((address) => `${scheme}://${address}:${port}`);
}

/** By EndpointSlices, live: an address that was right a minute ago may be another pod's now. */
export const membersOfService =
  (client: Pick<KubeClient, 'list'>): FindMembers =>
  async (namespace, service, scheme, signal) => {
    const { items } = await client.list(resources.endpointSlices, {
      namespace,
      labelSelector: `kubernetes.io/service-name=${service.name}`,
      ...(signal ? { signal } : {}),
    });
    // Of a Service with both families each member has one address in each.
    const first = items[0]?.addressType;
    const urls = memberURLs(
      items.filter(({ addressType }) => addressType === first),
      service,
      scheme,
    );
    if (urls.length > 0) return urls;
    throw new OperatorError(
      'not-found',
      `Service ${service.name} has no addresses in namespace ${namespace}: it must be a headless Service that selects the members' pods`,
    );
  };
