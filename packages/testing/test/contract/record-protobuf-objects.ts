import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKubeConfig } from '@stateful/reconcile-sdk';
import { startControlPlane } from '@stateful/local-cluster';
import { format } from 'prettier';
import { builtInKinds } from '../../src/api-server/kinds/built-in-kinds.ts';
import { realExchange } from './exchange.ts';
import { protobufObjects } from './protobuf-objects.ts';

/**
 * Has the real server write objects in protobuf and in JSON, for the decoder's spec: `node --conditions=@stateful/source
 * packages/testing/test/contract/record-protobuf-objects.ts`. With CONTRACT_KUBECONFIG a server that runs already is
 * asked.
 */
const path = process.env['CONTRACT_KUBECONFIG'];
const plane = path === undefined ? await startControlPlane() : undefined;
const exchange = await realExchange(await loadKubeConfig({ path: path ?? plane!.kubeconfigPath }));
const namespace = 'protobuf';
const metadata = { name: namespace };
await exchange.ask({ method: 'POST', path: '/api/v1/namespaces', body: { metadata } });
const recorded: { protobuf: string; json: unknown }[] = [];
for (const object of protobufObjects(namespace)) {
  const kind = builtInKinds.find(
    (each) =>
      each.kind === object.kind && [each.group, each.version].filter(Boolean).join('/') === object.apiVersion,
  );
  if (!kind) throw new Error(`no kind of ours: ${JSON.stringify(object)}`);
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const collection = kind.namespaced
    ? `${root}/namespaces/${namespace}/${kind.plural}`
    : `${root}/${kind.plural}`;
  const made = await exchange.ask({ method: 'POST', path: collection, body: object });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const name = (object.metadata as { name: string }).name;
  const read = async (accept: string): Promise<unknown> =>
    (await exchange.ask({ method: 'GET', path: `${collection}/${name}`, accept })).body;
  recorded.push({
    protobuf: (await read('application/vnd.kubernetes.protobuf')) as string,
    json: await read('application/json'),
  });
  if (!kind.namespaced) await exchange.ask({ method: 'DELETE', path: `${collection}/${name}` });
}
const text = await format(JSON.stringify(recorded), { parser: 'json', printWidth: 110 });
writeFileSync(join(import.meta.dirname, 'recorded', 'protobuf.json'), text);
console.log(`${recorded.length} objects`);
exchange.close();
await plane?.stop();
