import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKubeConfig } from '@stateful/reconcile-sdk';
import { startControlPlane } from '@stateful/local-cluster';
import { format } from 'prettier';
import { realExchange } from './exchange.ts';
import { scenarios } from './scenarios/index.ts';
import { listen } from './world.ts';

/**
 * Asks the real server everything and writes its answers down: `node --conditions=@stateful/source
 * test/contract/record.ts [FILE...]`. With CONTRACT_KUBECONFIG a server that runs already is asked.
 */
const path = process.env['CONTRACT_KUBECONFIG'];
const plane = path === undefined ? await startControlPlane() : undefined;
const exchange = await realExchange(await loadKubeConfig({ path: path ?? plane!.kubeconfigPath }));
const only = process.argv.slice(2);
const folder = join(import.meta.dirname, 'recorded');
mkdirSync(folder, { recursive: true });
for (const [file, list] of Object.entries(scenarios)) {
  if (only.length > 0 && !only.includes(file)) continue;
  const answers: Record<string, unknown> = {};
  for (const [index, scenario] of list.entries()) {
    answers[scenario.name] = await listen(exchange, scenario, `${file}-${index}-${Date.now().toString(36)}`);
  }
  const text = await format(JSON.stringify(answers), { parser: 'json', printWidth: 110 });
  writeFileSync(join(folder, `${file}.json`), text);
  console.log(`${file}: ${list.length} scenarios`);
}
exchange.close();
await plane?.stop();
