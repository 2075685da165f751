import { type Fields } from '../json.ts';
import { ageOf } from './age.ts';
import {
  accessModes,
  count,
  labelsText,
  list,
  none,
  part,
  selectorText,
  text,
  texts,
  unset,
} from './look.ts';
import { podCells } from './pod-cells.ts';

type Cells = (object: Fields, now: number) => unknown[];

const name = (object: Fields): string => text(object, 'metadata', 'name');
const created = (object: Fields): unknown => part(object, 'metadata')['creationTimestamp'];
const age = (object: Fields, now: number): string => ageOf(created(object), now);
const size = (fields: Fields): number => Object.keys(fields).length;
const limited = (names: readonly string[], most: number): string =>
  names.length === 0
    ? none
    : names.length <= most
      ? names.join(',')
      : `${names.slice(0, most).join(',')} + ${names.length - most} more...`;

/** What the rest of the built-in kinds show, by plural and group. */
export const coreCells: Readonly<Record<string, Cells>> = {
  'pods.': podCells,
  'configmaps.': (object, now) => [
    name(object),
    size(part(object, 'data')) + size(part(object, 'binaryData')),
    age(object, now),
  ],
  'secrets.': (object, now) => [
    name(object),
    text(object, 'type'),
    size(part(object, 'data')),
    age(object, now),
  ],
  'serviceaccounts.': (object, now) => [name(object), age(object, now)],
  'namespaces.': (object, now) => [name(object), text(object, 'status', 'phase'), age(object, now)],
  'services.': (object, now) => [
    name(object),
    text(object, 'spec', 'type'),
    text(object, 'spec', 'clusterIP') || none,
    externalAddress(object),
    ports(list(object, 'spec', 'ports')) || none,
    age(object, now),
    labelsText(part(object, 'spec', 'selector')),
  ],
  'endpoints.': (object, now) => [name(object), endpointsText(object), age(object, now)],
  'endpointslices.discovery.k8s.io': (object, now) => {
    const numbers = list(object, 'ports').map((each) => text(each, 'port') || '*');
    const addresses = list(object, 'endpoints').flatMap((each) => texts(each, 'addresses'));
    return [
      name(object),
      text(object, 'addressType'),
      numbers.length === 0 ? unset : limited(numbers, 3),
      addresses.length === 0 ? unset : limited(addresses, 3),
      age(object, now),
    ];
  },
  'persistentvolumeclaims.': (object, now) => [
    name(object),
    text(object, 'metadata', 'deletionTimestamp') ? 'Terminating' : text(object, 'status', 'phase'),
    text(object, 'spec', 'volumeName'),
    text(object, 'spec', 'volumeName') ? text(object, 'status', 'capacity', 'storage') : '',
    text(object, 'spec', 'volumeName') ? accessModes(object, 'status', 'accessModes') : '',
    text(object, 'spec', 'storageClassName'),
    text(object, 'spec', 'volumeAttributesClassName') || unset,
    age(object, now),
    text(object, 'spec', 'volumeMode') || unset,
  ],
  'persistentvolumes.': (object, now) => {
    const claim = part(object, 'spec', 'claimRef');
    return [
      name(object),
      text(object, 'spec', 'capacity', 'storage'),
      accessModes(object, 'spec', 'accessModes'),
      text(object, 'spec', 'persistentVolumeReclaimPolicy'),
      text(object, 'metadata', 'deletionTimestamp') ? 'Terminating' : text(object, 'status', 'phase'),
      size(claim) > 0 ? `${text(claim, 'namespace')}/${text(claim, 'name')}` : '',
      text(object, 'spec', 'storageClassName'),
      text(object, 'spec', 'volumeAttributesClassName') || unset,
      text(object, 'status', 'reason'),
      age(object, now),
      text(object, 'spec', 'volumeMode') || unset,
    ];
  },
  'nodes.': (object, now) => [
    name(object),
    nodeStatus(object),
    nodeRoles(object) || none,
    age(object, now),
    text(object, 'status', 'nodeInfo', 'kubeletVersion'),
    nodeAddress(object, 'InternalIP'),
    nodeAddress(object, 'ExternalIP'),
    text(object, 'status', 'nodeInfo', 'osImage') || '<unknown>',
    text(object, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>',
    text(object, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>',
  ],
  'events.': eventCells,
  'events.events.k8s.io': (object, now) => eventCells(asCoreEvent(object), now),
  'leases.coordination.k8s.io': (object, now) => [
    name(object),
    text(object, 'spec', 'holderIdentity'),
    age(object, now),
  ],
  'roles.rbac.authorization.k8s.io': (object) => [name(object), created(object)],
  'clusterroles.rbac.authorization.k8s.io': (object) => [name(object), created(object)],
  'rolebindings.rbac.authorization.k8s.io': bindingCells,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingCells,
  'networkpolicies.networking.k8s.io': (object, now) => [
    name(object),
    selectorText(part(object, 'spec', 'podSelector')),
    age(object, now),
  ],
  'priorityclasses.scheduling.k8s.io': (object, now) => [
    name(object),
    count(object, 'value'),
    object['globalDefault'] === true,
    age(object, now),
    text(object, 'preemptionPolicy'),
  ],
  'storageclasses.storage.k8s.io': (object, now) => {
    const isDefault =
      text(object, 'metadata', 'annotations', 'storageclass.kubernetes.io/is-default-class') === 'true';
    return [
      `${name(object)}${isDefault ? ' (default)' : ''}`,
      text(object, 'provisioner'),
      text(object, 'reclaimPolicy'),
      text(object, 'volumeBindingMode'),
      object['allowVolumeExpansion'] === true,
      age(object, now),
    ];
  },
  'customresourcedefinitions.apiextensions.k8s.io': (object) => [name(object), created(object)],
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhookCells,
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhookCells,
  'limitranges.': (object) => [name(object), created(object)],
  'resourcequotas.': (object, now) => {
    const [hard, used] = [part(object, 'status', 'hard'), part(object, 'status', 'used')];
    const shown = (isLimit: boolean): string =>
      Object.keys(hard)
        .filter((key) => key.startsWith('limits.') === isLimit)
        .sort()
        .map((key) => `${key}: ${text(used, key)}/${text(hard, key)}`)
        .join(', ');
    return [name(object), shown(false), shown(true), age(object, now)];
  },
};

function webhookCells(object: Fields, now: number): unknown[] {
  return [name(object), list(object, 'webhooks').length, age(object, now)];
}

function externalAddress(service: Fields): string {
  const type = text(service, 'spec', 'type');
  const given = texts(service, 'spec', 'externalIPs');
  if (type === 'ExternalName') return text(service, 'spec', 'externalName');
  if (type !== 'LoadBalancer') return given.join(',') || none;
  const found = list(service, 'status', 'loadBalancer', 'ingress').map(
    (each) => text(each, 'ip') || text(each, 'hostname'),
  );
  return [...found, ...given].join(',') || '<pending>';
}

const ports = (all: readonly Fields[]): string =>
  all
    .map((each) => {
      const node = text(each, 'nodePort');
      return `${text(each, 'port')}${node === '' ? '' : `:${node}`}/${text(each, 'protocol')}`;
    })
    .join(',');

function endpointsText(object: Fields): string {
  const all = list(object, 'subsets').flatMap((subset) => {
    const addresses = list(subset, 'addresses').map((each) => text(each, 'ip'));
    const numbers = list(subset, 'ports').map((each) => text(each, 'port'));
    return numbers.length === 0
      ? addresses
      : numbers.flatMap((port) => addresses.map((address) => `${address}:${port}`));
  });
  return limited(all, 3);
}

function nodeStatus(node: Fields): string {
  const ready = list(node, 'status', 'conditions').find((each) => each['type'] === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return part(node, 'spec')['unschedulable'] === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(node: Fields): string {
  const prefix = 'node-role.kubernetes.io/';
  return Object.keys(part(node, 'metadata', 'labels'))
    .filter((label) => label.startsWith(prefix))
    .map((label) => label.slice(prefix.length))
    .sort()
    .join(',');
}

const nodeAddress = (node: Fields, type: string): string =>
  text(
    list(node, 'status', 'addresses').find((each) => each['type'] === type),
    'address',
  ) || none;

function bindingCells(binding: Fields, now: number): unknown[] {
  const subjects = (kind: string): string =>
    list(binding, 'subjects')
      .filter((each) => each['kind'] === kind)
      .map((each) =>
        kind === 'ServiceAccount' ? `${text(each, 'namespace')}/${text(each, 'name')}` : text(each, 'name'),
      )
      .join(', ');
  return [
    name(binding),
    `${text(binding, 'roleRef', 'kind')}/${text(binding, 'roleRef', 'name')}`,
    age(binding, now),
    subjects('User'),
    subjects('Group'),
    subjects('ServiceAccount'),
  ];
}

function eventCells(event: Fields, now: number): unknown[] {
  const micro = text(event, 'eventTime');
  const first = text(event, 'firstTimestamp');
  const series = part(event, 'series');
  const last = text(series, 'lastObservedTime') || text(event, 'lastTimestamp') || micro;
  const object = part(event, 'involvedObject');
  const component = [text(event, 'source', 'component') || text(event, 'reportingComponent')];
  const host = text(event, 'source', 'host') || (component[0] === '' ? '' : text(event, 'reportingInstance'));
  return [
    ageOf(last, now),
    text(event, 'type'),
    text(event, 'reason'),
    `${text(object, 'kind').toLowerCase()}/${text(object, 'name')}`,
    text(object, 'fieldPath'),
    [...component, host].filter(Boolean).join(', '),
    text(event, 'message').trim(),
    ageOf(first || micro, now),
    count(series, 'count') || count(event, 'count') || 1,
    name(event),
  ];
}

/** An event of the newer group, in the words of the older one. */
const asCoreEvent = (event: Fields): Fields => ({
  ...event,
  involvedObject: event['regarding'],
  message: event['note'],
  source: event['deprecatedSource'],
  firstTimestamp: event['deprecatedFirstTimestamp'],
  lastTimestamp: event['deprecatedLastTimestamp'],
  count: event['deprecatedCount'],
  reportingComponent: event['reportingController'],
});
