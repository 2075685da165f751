import { keyText, type EndpointSlice, type KubeObject, type Service } from '@stateful/reconcile-sdk';
import { equalJson } from '../api-server/json.ts';
import { type Simulator } from './driver.ts';
import { shortHash } from './hash.ts';
import { kinds, storedAs, type Live, type LivePod } from './kinds.ts';
import { selects } from '../api-server/label-selector.ts';
import { isGoing } from './meta.ts';
import { type Objects } from './objects.ts';
import { hasEnded, isReady } from './stateful-set/set.ts';
import { type Step, type Write } from './writes.ts';

type LiveService = Live<Service>;
type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
type Port = NonNullable<EndpointSlice['ports']>[number];

/** Who leads a Service to its pods: one EndpointSlice for each Service that selects pods. */
export const endpointsSimulator = (objects: Objects): Simulator => ({
  name: 'endpointslice-controller',
  concerns: ({ of, key, object, previous }) => {
    if (of === storedAs(kinds.services)) return [key];
    if (of !== storedAs(kinds.pods)) return [];
    return objects
      .list(kinds.services, object.metadata.namespace)
      .filter(({ spec }) => [object, previous].some((pod) => pod && isSelected(spec?.selector, pod)))
      .map(({ metadata }) => keyText(metadata));
  },
  look({ namespace, name }) {
    const service = objects.get(kinds.services, namespace, name);
    if (!service?.spec?.selector || isGoing(service)) return { writes: [] };
    const pods = objects.list(kinds.pods, namespace).filter((pod) => isSelected(service.spec?.selector, pod));
    const slice = objects.controlledBy(kinds.endpointSlices, service.metadata.uid)[0];
    const nodes = new Map(
      objects.list(kinds.nodes).map((node) => [node.metadata.name, node.metadata.labels ?? {}]),
    );
    return stepEndpoints(service, pods, slice, (node) => nodes.get(node)?.['topology.kubernetes.io/zone']);
  },
});

const isSelected = (selector: Record<string, string> | undefined, { metadata }: LivePod): boolean =>
  selector !== undefined && selects({ matchLabels: selector }, metadata.labels);

/** One look: pure. Pods on a known node count from their first address on until they have ended. */
export function stepEndpoints(
  service: LiveService,
  pods: readonly LivePod[],
  slice: Live<EndpointSlice> | undefined,
  zoneOf: (node: string) => string | undefined,
): Step {
  const { metadata, spec } = service;
  const isPlaced = (pod: LivePod): boolean =>
    spec?.publishNotReadyAddresses === true || zoneOf(pod.spec?.nodeName ?? '') !== undefined;
  const served = pods.filter((pod) => pod.status?.podIP && !hasEnded(pod) && isPlaced(pod));
  const endpoints = served.map((pod) => endpointOf(pod, spec?.publishNotReadyAddresses === true, zoneOf));
  const ports = served.length === 0 ? [] : (spec?.ports ?? []).map((port) => portOf(port, served));
  const labels = {
    ...metadata.labels,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': metadata.name,
    ...(spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  };
  if (
    slice &&
    equalJson([slice.endpoints ?? [], slice.ports ?? [], slice.metadata.labels], [endpoints, ports, labels])
  )
    return { writes: [] };
  const write: Write = slice
    ? {
        verb: 'update',
        resource: kinds.endpointSlices,
        object: { ...slice, metadata: { ...slice.metadata, labels }, endpoints, ports } as KubeObject,
      }
    : {
        verb: 'create',
        resource: kinds.endpointSlices,
        object: {
          metadata: {
            name: `${metadata.name}-${shortHash(metadata.uid).slice(0, 5)}`,
            namespace: metadata.namespace!,
            generateName: `${metadata.name}-`,
            labels,
            ownerReferences: [
              {
                apiVersion: 'v1',
                kind: 'Service',
                name: metadata.name,
                uid: metadata.uid,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          },
          addressType: 'IPv4',
          endpoints,
          ports,
        } as KubeObject,
      };
  return { writes: [write] };
}

function endpointOf(
  pod: LivePod,
  publishNotReady: boolean,
  zoneOf: (node: string) => string | undefined,
): Endpoint {
  const { namespace, name, uid } = pod.metadata;
  const node = pod.spec?.nodeName;
  const zone = node === undefined ? undefined : zoneOf(node);
  const serving = isReady(pod);
  const { hostname, subdomain } = pod.spec ?? {};
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: publishNotReady || (serving && !isGoing(pod)),
      serving,
      terminating: isGoing(pod),
    },
    ...(hostname && subdomain ? { hostname } : {}),
    ...(node === undefined ? {} : { nodeName: node }),
    targetRef: { kind: 'Pod', namespace: namespace!, name, uid },
    ...(zone === undefined ? {} : { zone }),
  };
}

function portOf(
  {
    name,
    port,
    protocol,
    targetPort,
    appProtocol,
  }: NonNullable<NonNullable<Service['spec']>['ports']>[number],
  pods: readonly LivePod[],
): Port {
  const named = pods
    .flatMap(({ spec }) => spec?.containers ?? [])
    .flatMap(({ ports = [] }) => ports)
    .find((each) => each.name === targetPort);
  const number = typeof targetPort === 'number' ? targetPort : (named?.containerPort ?? port);
  return {
    name: name ?? '',
    port: number,
    protocol: protocol ?? 'TCP',
    ...(appProtocol ? { appProtocol } : {}),
  };
}
