import { type Fields } from '../../src/api-server/json.ts';

const labels = { app: 'x' };
const podSpec = {
  serviceAccountName: 'me',
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 0,
  nodeSelector: { disk: 'fast' },
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    fsGroup: 0,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: labels } } },
      ],
    },
  },
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }],
  containers: [
    {
      name: 'main',
      image: 'example:1',
      command: ['run', ''],
      ports: [{ name: 'http', containerPort: 80 }],
      env: [
        { name: 'A', value: '' },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
        { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      ],
      resources: { limits: { cpu: '500m', memory: '1Gi' } },
      readinessProbe: { httpGet: { path: '/', port: 'http' }, initialDelaySeconds: 0 },
      livenessProbe: { tcpSocket: { port: 80 } },
      volumeMounts: [{ name: 'conf', mountPath: '/conf', readOnly: true }],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
  volumes: [
    { name: 'conf', configMap: { name: 'c', defaultMode: 256, items: [{ key: 'a', path: 'b' }] } },
    { name: 'tmp', emptyDir: {} },
    {
      name: 'all',
      projected: {
        sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600, audience: 'a' } }],
      },
    },
  ],
};
const template = { metadata: { labels, annotations: { a: '' } }, spec: podSpec };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };

/** Objects whose fields are of every form that protobuf has. */
export const protobufObjects = (namespace: string): Fields[] => {
  const metadata = { namespace, name: 'a', labels, finalizers: ['example.com/hold'] };
  const owned = {
    ...metadata,
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '7b1f', controller: true, blockOwnerDeletion: false },
    ],
  };
  const clusterWide = { name: `${namespace}-a` };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: owned,
      data: { a: 'ä', b: '' },
      binaryData: { c: '/w==' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'helm.sh/release.v1',
      data: { release: 'YWJj' },
      immutable: true,
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: 'None',
        selector: labels,
        ports: [
          { name: 'a', port: 80, targetPort: 'http' },
          { name: 'b', port: 81 },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        resources: { requests: { storage: '1.5Gi' } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'p' },
      spec: { ...podSpec, serviceAccountName: 'default', automountServiceAccountToken: true },
    },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      involvedObject: { kind: 'Pod', name: 'p', namespace },
      reason: 'Started',
      message: 'It runs',
      type: 'Normal',
      firstTimestamp: '2020-01-01T00:00:00Z',
      count: 0,
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template,
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '20%' } },
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        serviceName: 'a',
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x'] }] },
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: { suspend: true, backoffLimit: 0, template: jobTemplate },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: '50%', selector: {} },
    },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        renewTime: '2030-01-01T00:00:00.000120Z',
        leaseTransitions: 0,
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: {},
        ingress: [{ ports: [{ port: 'http' }], from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
      },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: clusterWide,
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
      subjects: [{ kind: 'ServiceAccount', name: 'a', namespace }],
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: clusterWide,
      provisioner: 'example.com/disk',
      parameters: { type: 'fast' },
      allowVolumeExpansion: false,
    },
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: clusterWide, value: -5 },
  ];
};
