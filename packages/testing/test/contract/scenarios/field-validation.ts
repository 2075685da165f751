import { type ApiRequest } from '../../../src/api-server/exchange.ts';
import { type Scenario } from '../world.ts';
import { installKind } from './install-kind.ts';

const modes = ['Strict', 'Warn', 'Ignore', ''] as const;
const query = (mode: string): string => `?dryRun=All${mode === '' ? '' : `&fieldValidation=${mode}`}`;
const template = (more: object) => ({
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'c', image: 'i', ...more }] },
});

/** Fields that nobody knows, and values of the wrong type. */
export const fieldValidation: readonly Scenario[] = [
  {
    name: 'unknown fields of built-in kinds',
    async run({ ask, namespace }) {
      const at = `/api/v1/namespaces/${namespace}`;
      for (const mode of modes) {
        await ask({
          method: 'POST',
          path: `${at}/configmaps${query(mode)}`,
          body: { metadata: { name: 'a', unknown: 'x' }, data: { k: '1' }, more: { deep: 1 } },
        });
      }
      await ask({
        method: 'POST',
        path: `${at}/configmaps`,
        body: { metadata: { name: 'a' }, data: { k: '1' } },
      });
      for (const mode of modes) {
        const patch = (contentType: string, body: unknown): Promise<unknown> =>
          ask({ method: 'PATCH', path: `${at}/configmaps/a${query(mode)}`, contentType, body });
        await patch('application/merge-patch+json', { other: 1, data: { k: '2' } });
        await patch('application/json-patch+json', [{ op: 'add', path: '/other', value: 1 }]);
        await ask({
          method: 'PUT',
          path: `${at}/configmaps/a${query(mode)}`,
          body: { metadata: { name: 'a' }, data: { k: '3' }, other: 1 },
        });
      }
      for (const mode of ['Strict', 'Warn']) {
        await ask({
          method: 'POST',
          path: `/apis/apps/v1/namespaces/${namespace}/deployments${query(mode)}`,
          body: {
            metadata: { name: 'd' },
            spec: {
              selector: { matchLabels: { a: 'b' } },
              template: template({ imag: 'x', ports: [{ containerPort: 1, prot: 'TCP' }] }),
              replica: 1,
            },
          },
        });
      }
      await ask({
        method: 'POST',
        path: `${at}/configmaps${query('Loud')}`,
        body: { metadata: { name: 'b' } },
      });
    },
  },
  {
    name: 'unknown fields of custom kinds',
    async run(world) {
      const { ask, namespace, quietly } = world;
      const spec = {
        type: 'object',
        properties: { a: { type: 'string' }, o: { type: 'object', properties: { x: { type: 'integer' } } } },
      };
      await quietly(() => installKind(world, 'Gadget', spec));
      const at = `/apis/${namespace}.example.com/v1/namespaces/${namespace}/gadgets`;
      const body = (more: object) => ({
        apiVersion: `${namespace}.example.com/v1`,
        kind: 'Gadget',
        metadata: { name: 'g' },
        spec: { a: '1' },
        ...more,
      });
      for (const mode of modes) {
        await ask({
          method: 'POST',
          path: `${at}${query(mode)}`,
          body: body({ spec: { a: '1', b: 2, o: { y: 1 } }, more: 1 }),
        });
      }
      await ask({ method: 'POST', path: at, body: body({}) });
      for (const mode of modes) {
        const patch = (contentType: string, change: unknown): Promise<unknown> =>
          ask({ method: 'PATCH', path: `${at}/g${query(mode)}`, contentType, body: change });
        await patch('application/merge-patch+json', { spec: { b: 2 } });
        await patch('application/json-patch+json', [{ op: 'add', path: '/spec/b', value: 1 }]);
      }
    },
  },
  {
    name: 'values of the wrong type',
    async run({ ask, namespace }) {
      const at = `/api/v1/namespaces/${namespace}`;
      const make = (path: string, body: unknown): Promise<unknown> => {
        const request: ApiRequest = { method: 'POST', path: `${path}?dryRun=All`, body };
        return ask(request);
      };
      await make(`${at}/configmaps`, { metadata: { name: 'a' }, data: { k: 1 } });
      await make(`${at}/configmaps`, { metadata: { name: 'a' }, data: 'text' });
      await make(`${at}/configmaps`, { metadata: { name: 'a', labels: { a: true } } });
      await make(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
        metadata: { name: 'd' },
        spec: { replicas: 'two', selector: { matchLabels: { a: 'b' } }, template: template({}) },
      });
      await make(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
        metadata: { name: 'd' },
        spec: { selector: { matchLabels: { a: 'b' } }, template: template({ ports: { containerPort: 1 } }) },
      });
      await make(`${at}/pods`, { metadata: { name: 'p' }, spec: { containers: [{ name: 1, image: 'i' }] } });
      await make(`${at}/services`, {
        metadata: { name: 's' },
        spec: { clusterIP: 'None', ports: [{ port: '80' }] },
      });
    },
  },
];
