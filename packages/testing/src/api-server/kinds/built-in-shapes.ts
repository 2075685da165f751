import { atomic, keyed, leaf, looseOf, mapOf, metadataShape, set, type Shape } from '../fields/shape.ts';

/** How lists and maps of built-in kinds are merged: `x-kubernetes-list-type` and its kin in their OpenAPI. */
const conditions = keyed(['type'], looseOf({}));
const probe = looseOf({});
const container = looseOf({
  ports: keyed(['containerPort', 'protocol'], looseOf({}), { protocol: 'TCP' }),
  env: keyed(
    ['name'],
    looseOf({
      valueFrom: looseOf({
        fieldRef: atomic,
        resourceFieldRef: atomic,
        secretKeyRef: atomic,
        configMapKeyRef: atomic,
        fileKeyRef: atomic,
      }),
    }),
  ),
  volumeMounts: keyed(['mountPath'], looseOf({})),
  volumeDevices: keyed(['devicePath'], looseOf({})),
  resources: looseOf({ limits: mapOf(leaf), requests: mapOf(leaf), claims: keyed(['name'], looseOf({})) }),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
});
const containers = keyed(['name'], container);
const podSpec = looseOf({
  containers,
  initContainers: containers,
  ephemeralContainers: containers,
  volumes: keyed(
    ['name'],
    looseOf({ ephemeral: looseOf({ volumeClaimTemplate: looseOf({ metadata: metadataShape }) }) }),
  ),
  imagePullSecrets: keyed(['name'], atomic),
  hostAliases: keyed(['ip'], looseOf({})),
  topologySpreadConstraints: keyed(['topologyKey', 'whenUnsatisfiable'], looseOf({ labelSelector: atomic })),
  resourceClaims: keyed(['name'], looseOf({})),
  schedulingGates: keyed(['name'], looseOf({})),
  nodeSelector: atomic,
});
const template = looseOf({ metadata: metadataShape, spec: podSpec });
const workload = looseOf({ selector: atomic, template });
const ports = keyed(['port', 'protocol'], looseOf({}), { protocol: 'TCP' });
const claimSpec = looseOf({
  selector: atomic,
  dataSource: atomic,
  resources: looseOf({ limits: mapOf(leaf), requests: mapOf(leaf) }),
});
const status = looseOf({ conditions });

const named: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  'configmaps.': { data: mapOf(leaf), binaryData: mapOf(leaf) },
  'secrets.': { data: mapOf(leaf), stringData: mapOf(leaf) },
  'services.': {
    spec: looseOf({ ports, selector: atomic }),
    status: looseOf({ conditions, loadBalancer: looseOf({}) }),
  },
  'serviceaccounts.': { secrets: keyed(['name'], atomic), imagePullSecrets: atomic },
  'pods.': {
    spec: podSpec,
    status: looseOf({
      conditions,
      podIPs: keyed(['ip'], looseOf({})),
      hostIPs: atomic,
    }),
  },
  'persistentvolumeclaims.': { spec: claimSpec, status: looseOf({ conditions, capacity: mapOf(leaf) }) },
  'nodes.': {
    spec: looseOf({ podCIDRs: set, taints: atomic }),
    status: looseOf({
      conditions,
      addresses: keyed(['type'], looseOf({})),
      capacity: mapOf(leaf),
      allocatable: mapOf(leaf),
    }),
  },
  'namespaces.': { status },
  'deployments.apps': { spec: workload, status },
  'statefulsets.apps': { spec: workload, status },
  'replicasets.apps': { spec: workload, status },
  'daemonsets.apps': { spec: workload, status },
  'jobs.batch': { spec: workload, status: looseOf({ conditions: atomic }) },
  'cronjobs.batch': {
    spec: looseOf({ jobTemplate: looseOf({ metadata: metadataShape, spec: workload }) }),
    status,
  },
  'poddisruptionbudgets.policy': {
    spec: looseOf({ selector: atomic }),
    status: looseOf({ conditions, disruptedPods: mapOf(leaf) }),
  },
  'roles.rbac.authorization.k8s.io': {},
  'rolebindings.rbac.authorization.k8s.io': { roleRef: atomic },
  'clusterroles.rbac.authorization.k8s.io': { aggregationRule: looseOf({}) },
  'clusterrolebindings.rbac.authorization.k8s.io': { roleRef: atomic },
  'endpointslices.discovery.k8s.io': {},
  'customresourcedefinitions.apiextensions.k8s.io': { status },
  'events.': { involvedObject: looseOf({}), related: looseOf({}) },
};

/** The shape of a built-in kind; lists that the table does not name are atomic. */
export const builtInShape = (group: string, plural: string): Shape =>
  looseOf({ metadata: metadataShape, ...named[`${plural}.${group}`] });
