import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const {
  deployments,
  jobs,
  leases,
  namespaces,
  persistentVolumeClaims,
  podDisruptionBudgets,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} = resources;
const labels = { app: 'x' };
const template = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'example:1',
        ports: [{ name: 'sql', containerPort: 5432 }],
        env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    tolerations: [{ key: 'x', operator: 'Exists' }],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  },
};

/** What operators make most, with the defaults that the server fills in. */
export const builtInKinds: readonly Scenario[] = [
  {
    name: 'a StatefulSet: applied, changed, its status and scale',
    async run({ client, namespace }) {
      const key = { namespace, name: 's' };
      const object = (replicas: number) => ({
        metadata: { ...key, labels },
        spec: { replicas, serviceName: 's', selector: { matchLabels: labels }, template },
      });
      await client.apply(statefulSets, object(1));
      await client.apply(statefulSets, object(1));
      await client.apply(statefulSets, object(2));
      await client.mergePatch(
        statefulSets,
        key,
        { status: { replicas: 2, readyReplicas: 1 } },
        { subresource: 'status' },
      );
      await client.get(statefulSets, key, { subresource: 'scale' });
      await client.mergePatch(statefulSets, key, { metadata: { labels: { b: '1' } } });
      await client.delete(statefulSets, key);
    },
  },
  {
    name: 'a Deployment, a Job and a budget are created',
    async run({ client, namespace }) {
      await client.create(deployments, {
        metadata: { namespace, name: 'd' },
        spec: { selector: { matchLabels: labels }, template },
      });
      await client.create(podDisruptionBudgets, {
        metadata: { namespace, name: 'b' },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      });
    },
  },
  {
    name: 'claims, service accounts and Secrets',
    async run({ client, namespace }) {
      await client.create(persistentVolumeClaims, {
        metadata: { namespace, name: 'c' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
      });
      await client.create(serviceAccounts, { metadata: { namespace, name: 'a' } });
      await client.create(secrets, {
        metadata: { namespace, name: 's' },
        stringData: { password: 'hunter2' },
      });
      await client.apply(secrets, {
        metadata: { namespace, name: 't' },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' },
      });
    },
  },
  {
    name: 'a Lease changes hands',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'l' };
      const made = await client.create(leases, {
        metadata: key,
        spec: {
          holderIdentity: 'a',
          leaseDurationSeconds: 15,
          renewTime: '2030-01-01T00:00:00.000000Z',
          leaseTransitions: 0,
        },
      });
      await client.update(leases, {
        ...made,
        spec: { ...made.spec, holderIdentity: 'b', leaseTransitions: 1 },
      });
      await attempt(client.update(leases, { ...made, spec: { ...made.spec, holderIdentity: 'c' } }));
      await attempt(client.update(leases, { metadata: key, spec: { holderIdentity: 'c' } }));
    },
  },
  {
    name: 'a namespace goes',
    async run({ client, namespace, attempt }) {
      const name = `${namespace}-b`;
      await client.create(namespaces, { metadata: { name } });
      await client.create(serviceAccounts, { metadata: { namespace: name, name: 'a' } });
      await client.delete(namespaces, { name });
      await client.get(namespaces, { name });
      await attempt(client.create(serviceAccounts, { metadata: { namespace: name, name: 'b' } }));
      await client.delete(namespaces, { name });
    },
  },
  {
    name: 'a headless Service is created',
    async run({ client, namespace }) {
      await client.create(services, {
        metadata: { namespace, name: 's' },
        spec: {
          clusterIP: 'None',
          selector: labels,
          ports: [{ name: 'sql', port: 5432 }],
          publishNotReadyAddresses: true,
        },
      });
    },
  },
  {
    name: 'a Job is created',
    async run({ client, namespace, quietly }) {
      const job = await quietly(() =>
        client.create(jobs, {
          metadata: { namespace, name: 'probe' },
          spec: { suspend: true, template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
        }),
      );
      if (job.spec?.completions !== 1 || job.spec.backoffLimit !== 6)
        throw new Error('the defaults of a Job');
    },
  },
];
