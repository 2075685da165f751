import { resources } from '@stateful/reconcile-sdk';
import { builtInFacts } from '../data/built-in.ts';
import { type Fields } from '../json.ts';
import { builtInDefaults } from './built-in-defaults.ts';
import { builtInShape } from './built-in-shapes.ts';
import { builtInProblems } from './built-in-problems.ts';
import { type Kind } from './kind.ts';

type More = Partial<Kind>;
const spec: Fields = { spec: {} };
const specAndStatus: Fields = { spec: {}, status: {} };
const template: Fields = { metadata: {}, spec: { containers: null } };
const workload: More = { status: true, generation: 'spec' };
const scale = {
  replicas: '.spec.replicas',
  statusReplicas: '.status.replicas',
  selector: '.spec.selector',
};

const eventFields = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (field) => `involvedObject.${field}`,
  ),
  'reason',
  'reportingComponent',
  'source',
  'type',
];

/** What is special about some built-in kinds. */
const special: Readonly<Record<string, More>> = {
  pods: {
    status: true,
    generation: 'spec',
    empty: { spec: { containers: null }, status: {} },
    selectable: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
    ],
    // Nobody has to confirm for a pod that no node has.
    gracePeriod: (pod) => {
      const { nodeName, terminationGracePeriodSeconds } = (pod['spec'] ?? {}) as Fields;
      return nodeName ? Number(terminationGracePeriodSeconds ?? 30) : 0;
    },
  },
  services: { status: true, empty: { spec: {}, status: { loadBalancer: {} } } },
  namespaces: { status: true, empty: specAndStatus },
  nodes: { status: true, empty: specAndStatus },
  persistentvolumeclaims: { status: true, empty: { spec: { resources: {} }, status: {} } },
  persistentvolumes: { status: true, empty: specAndStatus },
  deployments: { ...workload, scale, empty: { spec: { template, strategy: {} }, status: {} } },
  statefulsets: { ...workload, scale, empty: { spec: { template, updateStrategy: {} }, status: {} } },
  replicasets: { ...workload, scale, empty: { spec: { template }, status: {} } },
  daemonsets: { ...workload, empty: { spec: { template, updateStrategy: {} }, status: {} } },
  jobs: { ...workload, empty: { spec: { template }, status: {} } },
  cronjobs: {
    ...workload,
    empty: { spec: { jobTemplate: { metadata: {}, spec: { template } } }, status: {} },
  },
  poddisruptionbudgets: { ...workload, blindUpdates: false, empty: specAndStatus },
  leases: { blindUpdates: false, empty: spec },
  customresourcedefinitions: {
    ...workload,
    blindUpdates: false,
    empty: { spec: { names: {} }, status: { acceptedNames: {} } },
  },
  resourcequotas: { status: true, empty: specAndStatus },
  limitranges: { empty: spec },
  mutatingwebhookconfigurations: { generation: 'content' },
  validatingwebhookconfigurations: { generation: 'content' },
  secrets: { selectable: ['type'] },
  events: { selectable: eventFields },
};

const plain = (group: string, version: string, kind: string, plural: string, namespaced = true) => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});

/** Those that the SDK names, and a few that charts bring. */
const all = [
  ...Object.values({ ...resources }),
  plain('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  plain('', 'v1', 'LimitRange', 'limitranges'),
  plain('', 'v1', 'ResourceQuota', 'resourcequotas'),
  plain('apps', 'v1', 'ReplicaSet', 'replicasets'),
  plain('apps', 'v1', 'DaemonSet', 'daemonsets'),
  plain('apps', 'v1', 'ControllerRevision', 'controllerrevisions'),
  plain('', 'v1', 'Endpoints', 'endpoints'),
  plain('rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles', false),
  plain('rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding', 'clusterrolebindings', false),
  plain('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  plain(
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  plain(
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  plain('scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', false),
  plain(
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  plain(
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
];

/** The kinds that are there from the start. */
export const builtInKinds: readonly Kind[] = all.map(({ group, version, kind, plural, namespaced }) => {
  const defaults = builtInDefaults[plural];
  const problems = builtInProblems[plural];
  const { shortNames, categories } = builtInFacts(group, plural) ?? {};
  return {
    group,
    version,
    kind,
    plural,
    namespaced,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shape: builtInShape(group, plural),
    status: false,
    generation: 'none' as const,
    blindUpdates: true,
    empty: {},
    ...(defaults ? { defaults } : {}),
    ...(problems ? { problems } : {}),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...special[plural],
  };
});
