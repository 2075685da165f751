import { isFields, type Fields } from '../json.ts';
import { type Kind } from './kind.ts';

/** Sets what is not set. */
function fill(object: Fields, values: Fields): void {
  for (const [name, value] of Object.entries(values)) object[name] ??= value;
}
const part = (object: Fields, name: string): Fields => {
  if (!isFields(object[name])) object[name] = {};
  return object[name] as Fields;
};
const items = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

function probe(value: unknown): void {
  if (!isFields(value)) return;
  fill(value, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (isFields(value['httpGet'])) fill(value['httpGet'], { path: '/', scheme: 'HTTP' });
}

function container(value: Fields): void {
  const image = typeof value['image'] === 'string' ? value['image'] : '';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  const isLatest = !image.includes('@') && (tag === undefined || tag === 'latest');
  fill(value, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  for (const port of items(value['ports'])) fill(port, { protocol: 'TCP' });
  for (const { valueFrom } of items(value['env'])) {
    if (isFields(valueFrom) && isFields(valueFrom['fieldRef']))
      fill(valueFrom['fieldRef'], { apiVersion: 'v1' });
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) probe(value[name]);
  quantities(part(value, 'resources'));
}

/** Limits become requests, and quantities are written in their shortest form. */
function quantities(resources: Fields): void {
  if (isFields(resources['limits'])) {
    resources['requests'] = {
      ...resources['limits'],
      ...(isFields(resources['requests']) ? resources['requests'] : {}),
    };
  }
  for (const name of ['limits', 'requests']) {
    const values = resources[name];
    if (isFields(values)) {
      for (const [key, value] of Object.entries(values)) values[key] = shortQuantity(String(value));
    }
  }
}

/** `1000m` is `1`, `1024Mi` is `1Gi`. */
export function shortQuantity(text: string): string {
  const match = /^(\d+)(m|Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text);
  if (!match) return text;
  let value = Number(match[1]);
  let suffix = match[2] ?? '';
  const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
  while (binary.includes(suffix) && value !== 0 && value % 1024 === 0) {
    value /= 1024;
    suffix = binary[binary.indexOf(suffix) + 1] ?? suffix;
  }
  const decimal = ['m', '', 'k', 'M', 'G', 'T', 'P'];
  while (decimal.includes(suffix) && value !== 0 && value % 1000 === 0) {
    value /= 1000;
    suffix = decimal[decimal.indexOf(suffix) + 1] ?? suffix;
  }
  return `${value}${suffix}`;
}

function podSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName'];
  for (const list of ['initContainers', 'containers']) items(spec[list]).forEach(container);
  for (const volume of items(spec['volumes'])) {
    const { configMap, secret, projected, hostPath } = volume;
    for (const source of [configMap, secret, projected])
      if (isFields(source)) fill(source, { defaultMode: 420 });
    if (isFields(hostPath)) fill(hostPath, { type: '' });
  }
}

const podTemplate = (spec: Fields): void => {
  const template = part(spec, 'template');
  part(template, 'metadata');
  podSpec(part(template, 'spec'));
};

function webhooks(configuration: Fields): void {
  for (const webhook of items(configuration['webhooks'])) {
    fill(webhook, {
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    });
    for (const rule of items(webhook['rules'])) fill(rule, { scope: '*' });
    const { service } = part(webhook, 'clientConfig');
    if (isFields(service)) fill(service, { port: 443 });
  }
}

/** What the API server fills in, by plural. */
export const builtInDefaults: Readonly<Record<string, NonNullable<Kind['defaults']>>> = {
  secrets(secret) {
    fill(secret, { type: 'Opaque' });
    // What was written as text is stored with the rest.
    if (!isFields(secret['stringData'])) return;
    const data = part(secret, 'data');
    for (const [key, value] of Object.entries(secret['stringData'])) {
      data[key] = Buffer.from(String(value as string), 'utf8').toString('base64');
    }
    delete secret['stringData'];
  },
  namespaces(namespace) {
    const metadata = part(namespace, 'metadata');
    fill(part(metadata, 'labels'), { 'kubernetes.io/metadata.name': metadata['name'] });
  },
  services(service) {
    const spec = part(service, 'spec');
    fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
    for (const port of items(spec['ports'])) fill(port, { protocol: 'TCP', targetPort: port['port'] });
    if (spec['type'] !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' });
  },
  pods(pod) {
    const spec = part(pod, 'spec');
    fill(spec, { enableServiceLinks: true });
    podSpec(spec);
  },
  deployments(object) {
    const spec = part(object, 'spec');
    podTemplate(spec);
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = part(spec, 'strategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') {
      fill(part(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    }
  },
  statefulsets(object) {
    const spec = part(object, 'spec');
    podTemplate(spec);
    fill(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
    const strategy = part(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') fill(part(strategy, 'rollingUpdate'), { partition: 0 });
    fill(part(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
    for (const claim of items(spec['volumeClaimTemplates'])) {
      fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
      fill(part(claim, 'spec'), { volumeMode: 'Filesystem' });
    }
  },
  persistentvolumeclaims(claim) {
    fill(part(claim, 'spec'), { volumeMode: 'Filesystem' });
    quantities(part(part(claim, 'spec'), 'resources'));
  },
  jobs(job) {
    const spec = part(job, 'spec');
    podTemplate(spec);
    fill(spec, {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
    });
  },
  cronjobs(job) {
    const spec = part(job, 'spec');
    fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const template = part(spec, 'jobTemplate');
    part(template, 'metadata');
    podTemplate(part(template, 'spec'));
  },
  storageclasses(storageClass) {
    fill(storageClass, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  },
  rolebindings(binding) {
    for (const subject of items(binding['subjects'])) {
      if (subject['kind'] !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    }
  },
  validatingwebhookconfigurations: webhooks,
  mutatingwebhookconfigurations(configuration) {
    webhooks(configuration);
    for (const webhook of items(configuration['webhooks'])) fill(webhook, { reinvocationPolicy: 'Never' });
  },
  clusterrolebindings(binding) {
    for (const subject of items(binding['subjects'])) {
      if (subject['kind'] !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    }
  },
  customresourcedefinitions(definition) {
    const spec = part(definition, 'spec');
    const names = part(spec, 'names');
    fill(names, {
      singular: String(names['kind']).toLowerCase(),
      listKind: `${String(names['kind'])}List`,
    });
    fill(part(spec, 'conversion'), { strategy: 'None' });
  },
};
