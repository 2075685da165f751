import { isFields, type Fields, type Stored } from '../json.ts';
import { type Kind } from './kind.ts';

/** What the API server, and the admission plugins that are always on, write into a new object of a built-in kind. */
const first: Readonly<Record<string, (object: Stored) => void>> = {
  namespaces(object) {
    object['spec'] = { ...part(object, 'spec'), finalizers: ['kubernetes'] };
    object['status'] = { phase: 'Active' };
  },
  pods(object) {
    const spec = part(object, 'spec');
    spec['priority'] ??= 0;
    spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
    object['status'] = { phase: 'Pending', qosClass: qualityOf(spec) };
  },
  services(object) {
    const spec = part(object, 'spec');
    if (spec['type'] !== 'ExternalName') {
      spec['clusterIP'] ??= '10.0.0.1';
      spec['clusterIPs'] ??= [spec['clusterIP']];
      spec['ipFamilies'] ??= ['IPv4'];
      spec['ipFamilyPolicy'] ??= 'SingleStack';
    }
    object['status'] = { loadBalancer: {} };
  },
  persistentvolumeclaims(object) {
    object['status'] = { phase: 'Pending' };
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection'];
  },
  deployments: (object) => void (object['status'] = {}),
  statefulsets: (object) => void (object['status'] = { replicas: 0, availableReplicas: 0 }),
  jobs(object) {
    object['status'] = {};
    const spec = part(object, 'spec');
    if (spec['manualSelector'] === true) return;
    const { name, uid } = object.metadata;
    const template = part(part(spec, 'template'), 'metadata');
    const given = template['labels'] as Record<string, string> | undefined;
    const labels = {
      ...given,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    template['labels'] = labels;
    // Those of the pods where it has none of its own.
    if (given) object.metadata.labels ??= labels;
    spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  },
  cronjobs: (object) => void (object['status'] = {}),
  customresourcedefinitions(object) {
    const { versions = [] } = part(object, 'spec') as { versions?: { name: string; storage: boolean }[] };
    object['status'] = {
      acceptedNames: { kind: '', plural: '' },
      conditions: [],
      storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
    };
  },
  poddisruptionbudgets: (object) =>
    void (object['status'] = {
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    }),
};

const part = (object: Fields, name: string): Fields => {
  if (!isFields(object[name])) object[name] = {};
  return object[name] as Fields;
};

function qualityOf(spec: Fields): string {
  const containers = (Array.isArray(spec['containers']) ? spec['containers'] : []) as {
    resources?: { requests?: object; limits?: object };
  }[];
  const sets = containers.map(({ resources = {} }) => resources);
  if (sets.every(({ requests, limits }) => !requests && !limits)) return 'BestEffort';
  const isGuaranteed = sets.every(
    ({ requests, limits }) =>
      limits &&
      'cpu' in limits &&
      'memory' in limits &&
      JSON.stringify(limits) === JSON.stringify(requests ?? limits),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** A pod stays five minutes on a node that is not well, unless it says otherwise. */
function tolerate(spec: Fields): void {
  const tolerations = (spec['tolerations'] ?? []) as Fields[];
  const evictions = ['not-ready', 'unreachable'].map((what) => ({
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  spec['tolerations'] = [
    ...tolerations,
    ...evictions.filter(({ key }) => !tolerations.some((each) => each['key'] === key)),
  ];
}

/** What admission plugins do at every write. */
export function everyWrite(object: Stored, kind: Kind): void {
  if (kind.schema) return;
  if (kind.plural === 'pods') tolerate(part(object, 'spec'));
  if (kind.plural === 'customresourcedefinitions') rememberStorage(object);
}

/** A version that was ever stored is told of until somebody says that nothing of it is left. */
function rememberStorage(object: Stored): void {
  const { versions = [] } = part(object, 'spec') as { versions?: { name: string; storage: boolean }[] };
  const status = part(object, 'status');
  const storage = versions.find((version) => version.storage)?.name;
  const stored = (Array.isArray(status['storedVersions']) ? status['storedVersions'] : []) as string[];
  if (storage === undefined || stored.includes(storage)) return;
  object['status'] = { ...status, storedVersions: [...stored, storage] };
}

export function newObject(object: Stored, kind: Kind): void {
  if (!kind.schema) first[kind.plural]?.(object);
  everyWrite(object, kind);
}
