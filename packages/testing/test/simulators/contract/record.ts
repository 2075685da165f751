import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { startRealControllers } from './real.ts';
import { scenarios } from './scenarios/index.ts';
import { play } from './stage.ts';

/**
 * Lets the real controllers play every scenario, and writes down what they did:
 * `node --conditions=@stateful/source test/simulators/contract/record.ts [FILE...]`.
 */
const only = process.argv.slice(2);
const folder = join(import.meta.dirname, 'recorded');
const controllers = await startRealControllers();
mkdirSync(folder, { recursive: true });
try {
  for (const [file, list] of Object.entries(scenarios)) {
    if (only.length > 0 && !only.includes(file)) continue;
    const unique = Date.now().toString(36);
    const seen = await Promise.all(
      list.map(async (scenario, index) => [
        scenario.name,
        await play(controllers.stage(`${file}-${index}-${unique}`), scenario),
      ]),
    );
    const text = await format(JSON.stringify(Object.fromEntries(seen)), { parser: 'json', printWidth: 110 });
    writeFileSync(join(folder, `${file}.json`), text);
    console.log(`${file}: ${list.length} scenarios`);
  }
} finally {
  await controllers.stop();
}
