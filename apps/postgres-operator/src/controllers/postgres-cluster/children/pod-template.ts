import { annotations, names } from '@stateful/postgres-api';
import { type StatefulSet } from '@stateful/reconcile-sdk';
import { checksum } from '../checksum.ts';
import { instanceSelector, podLabels } from '../labels.ts';
import { podAddress, podEnvironment } from './pod-environment.ts';
import { containerSecurityContext, podSecurityContext } from './pod-security.ts';
import { agentPort, postgresPort } from './ports.ts';
import { type Shape } from './shape.ts';

type PodTemplate = NonNullable<StatefulSet['spec']>['template'];
type PodSpec = NonNullable<PodTemplate['spec']>;

/**
 * The pod of one instance. Only what needs a restart to change stands here; everything else goes through the
 * agents' ConfigMap. The checksum covers all of it, so that a pod can be told from one of an older template.
 */
export function podTemplate(shape: Shape): PodTemplate {
  const spec = podSpec(shape);
  return {
    metadata: {
      labels: podLabels(shape.name, 'instance'),
      annotations: { [annotations.specChecksum]: checksum(spec) },
    },
    spec,
  };
}

/** Fingerprint of what the instances should run. */
export const templateChecksum = (template: PodTemplate): string | undefined =>
  template.metadata?.annotations?.[annotations.specChecksum];

function podSpec(shape: Shape): PodSpec {
  const store = shape.spec.backupStore?.credentialsSecret;
  return {
    serviceAccountName: names.instanceAccount(shape.name),
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    // Time for a fast shutdown: its checkpoint, and the last WAL to the replicas.
    terminationGracePeriodSeconds: 120,
    securityContext: podSecurityContext,
    affinity: apart(shape),
    topologySpreadConstraints: [
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: instanceSelector(shape.name) },
      },
    ],
    containers: [postgresContainer(shape, store !== undefined)],
    volumes: [
      { name: 'credentials', secret: { secretName: names.credentials(shape.name), defaultMode: 0o440 } },
      // Optional: a store's Secret that is missing must stop backups, not the database.
      ...(store === undefined
        ? []
        : [{ name: 'object-store', secret: { secretName: store, defaultMode: 0o440, optional: true } }]),
      { name: 'tmp', emptyDir: {} },
      { name: 'run', emptyDir: {} },
      { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ],
  };
}

/** One instance per node where there are enough nodes; where there are not, it still runs. */
const apart = ({ name }: Shape): NonNullable<PodSpec['affinity']> => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: instanceSelector(name) },
        },
      },
    ],
  },
});

function postgresContainer(shape: Shape, hasStore: boolean): PodSpec['containers'][number] {
  return {
    name: 'postgres',
    image: shape.image,
    imagePullPolicy: 'IfNotPresent',
    args: ['run'],
    env: [...podEnvironment(shape), podAddress],
    ports: [
      { name: 'postgres', containerPort: postgresPort, protocol: 'TCP' },
      { name: 'agent', containerPort: agentPort, protocol: 'TCP' },
    ],
    // A restore or a clone of a large database takes hours: a day passes before it counts as stuck.
    startupProbe: probe('/startupz', { periodSeconds: 2, failureThreshold: 43_200, timeoutSeconds: 5 }),
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 }),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 3, timeoutSeconds: 2 }),
    resources: { requests: { cpu: '100m', memory: '256Mi' } },
    securityContext: containerSecurityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/postgresql' },
      { name: 'credentials', mountPath: '/etc/stateful/credentials', readOnly: true },
      ...(hasStore
        ? [{ name: 'object-store', mountPath: '/etc/stateful/object-store', readOnly: true }]
        : []),
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'run', mountPath: '/var/run/postgresql' },
      { name: 'shared-memory', mountPath: '/dev/shm' },
    ],
  };
}

const probe = (
  path: string,
  timing: { periodSeconds: number; failureThreshold: number; timeoutSeconds: number },
) => ({ httpGet: { path, port: agentPort, scheme: 'HTTP' }, ...timing });
