import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { configMaps, services, pods } = resources;

/** Server-side apply: who owns what, what conflicts, what goes when it is no longer applied. */
export const apply: readonly Scenario[] = [
  {
    name: 'apply makes, changes and takes away what it owns',
    async run({ client, as, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      const other = as('other');
      await client.apply(configMaps, { metadata: { ...key, labels: { a: '1' } }, data: { k: '1', l: '1' } });
      // The same again is no write.
      await client.apply(configMaps, { metadata: { ...key, labels: { a: '1' } }, data: { k: '1', l: '1' } });
      await client.apply(configMaps, { metadata: { ...key, labels: { a: '1' } }, data: { k: '2' } });
      await other.apply(configMaps, { metadata: key, data: { k: '2', m: '1' } });
      await attempt(other.apply(configMaps, { metadata: key, data: { k: '3', m: '1' } }));
      // What another one owns too stays.
      await client.apply(configMaps, { metadata: key, data: {} });
      await other.apply(
        configMaps,
        { metadata: { ...key, labels: { a: '2' } }, data: { k: '3' } },
        { force: true },
      );
      await attempt(client.apply(configMaps, { metadata: { ...key, labels: { a: '3' } }, data: { k: '4' } }));
      await client.apply(
        configMaps,
        { metadata: { ...key, labels: { a: '3' } }, data: { k: '4' } },
        { force: true },
      );
      await other.apply(configMaps, { metadata: key });
    },
  },
  {
    name: 'apply that only makes',
    async run({ client, as, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      const made = { metadata: key, data: { k: '1' } };
      await client.apply(configMaps, made, { onlyCreate: true });
      await attempt(client.apply(configMaps, made, { onlyCreate: true }));
      await attempt(as('other').apply(configMaps, { metadata: key }, { onlyCreate: true, force: true }));
      // What it made is its own, as of any apply.
      await client.apply(configMaps, { metadata: key });
    },
  },
  {
    name: 'apply beside writes of other kinds',
    async run({ client, as, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      const helm = as('helm');
      await helm.create(configMaps, {
        metadata: { ...key, labels: { by: 'helm' } },
        data: { k: 'theirs', more: 'theirs' },
      });
      await attempt(client.apply(configMaps, { metadata: key, data: { k: 'ours' } }));
      await client.apply(configMaps, { metadata: key, data: { k: 'ours' } }, { force: true });
      await helm.mergePatch(configMaps, key, { data: { k: 'again', n: 'new' } });
      await client.apply(configMaps, { metadata: key, data: { k: 'ours', n: 'new' } }, { force: true });
      await helm.mergePatch(configMaps, key, { data: { n: null } });
      const live = await helm.get(configMaps, key);
      await helm.update(configMaps, { ...live, data: { k: 'ours' } });
      await helm.update(configMaps, {
        metadata: { ...key, managedFields: [{}] as never },
        data: { k: 'ours' },
      });
      await client.apply(configMaps, { metadata: key, data: { k: 'ours' } });
    },
  },
  {
    name: 'an object that nobody owns anything of',
    async run({ client, namespace }) {
      const key = { namespace, name: 'a' };
      await client.create(configMaps, { metadata: key });
      await client.mergePatch(configMaps, key, { data: { k: '1' } });
      await client.apply(configMaps, { metadata: key, data: { l: '1' } });
    },
  },
  {
    name: 'owner references and finalizers are applied one by one',
    async run({ client, as, namespace }) {
      const key = { namespace, name: 'a' };
      const owner = (name: string, uid: string) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        uid: `${uid}1111111-2222-3333-4444-555555555555`,
      });
      const other = as('other');
      await client.apply(configMaps, {
        metadata: {
          ...key,
          ownerReferences: [{ ...owner('x', '1'), controller: true }],
          finalizers: ['e.com/a'],
        },
      });
      await other.apply(configMaps, {
        metadata: { ...key, ownerReferences: [owner('y', '2')], finalizers: ['e.com/b', 'e.com/a'] },
      });
      await client.apply(configMaps, { metadata: { ...key } });
      await other.apply(configMaps, { metadata: { ...key } });
    },
  },
  {
    name: 'keyed lists: ports of a Service',
    async run({ client, as, namespace, attempt }) {
      const key = { namespace, name: 's' };
      const other = as('other');
      const spec = (ports: object[]) => ({
        clusterIP: 'None',
        selector: { app: 'x' },
        ports: ports as never,
      });
      await client.apply(services, {
        metadata: key,
        spec: spec([
          { name: 'sql', port: 5432 },
          { name: 'http', port: 80, protocol: 'TCP' },
        ]),
      });
      await client.apply(services, {
        metadata: key,
        spec: spec([
          { name: 'sql', port: 5432 },
          { name: 'http', port: 80, protocol: 'TCP' },
        ]),
      });
      await other.apply(services, { metadata: key, spec: { ports: [{ name: 'more', port: 90 }] as never } });
      await attempt(
        other.apply(services, { metadata: key, spec: { ports: [{ name: 'changed', port: 5432 }] as never } }),
      );
      await client.apply(services, { metadata: key, spec: spec([{ name: 'http', port: 80 }]) });
      await client.mergePatch(services, key, { spec: { ports: [{ name: 'only', port: 1 }] } });
    },
  },
  {
    name: 'a pod: deep lists of a template, and its defaults',
    async run({ client, namespace, as }) {
      const key = { namespace, name: 'p' };
      const pod = {
        metadata: { ...key, labels: { app: 'x' } },
        spec: {
          serviceAccountName: 'default',
          containers: [
            {
              name: 'main',
              image: 'example:1',
              ports: [{ name: 'sql', containerPort: 5432 }],
              env: [
                { name: 'A', value: '1' },
                { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
              securityContext: { capabilities: { drop: ['ALL'] } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              readinessProbe: { httpGet: { path: '/', port: 8080 } },
            },
          ],
          tolerations: [{ key: 'x', operator: 'Exists' }],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            { name: 'c', configMap: { name: 'c' } },
          ],
        },
      };
      await client.apply(pods, pod);
      await as('other').mergePatch(pods, key, { metadata: { labels: { b: '1' } } });
      await client.apply(pods, pod);
      await client.delete(pods, key);
      await client.create(pods, { ...pod, metadata: { namespace, name: 'q' } });
    },
  },
];
