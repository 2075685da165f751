import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs one suite: `node src/main.ts smoke`; or one file of it: `node src/main.ts etcd own-etcd`. */
const suites = join(import.meta.dirname, 'suites');
const [suite = 'smoke', file = ''] = process.argv.slice(2);
if (!existsSync(join(suites, suite))) {
  console.error(`There is no suite "${suite}"; there are: ${readdirSync(suites).join(', ')}`);
  process.exit(2);
}
const jest = spawn(
  process.execPath,
  [
    ...[
      '--conditions=@stateful/source',
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
    ],
    join(import.meta.dirname, '../../node_modules/jest/bin/jest.js'),
    ...['--config', 'jest.e2e.config.mjs', '--runInBand', '--verbose', `src/suites/${suite}/${file}`],
  ],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => jest.kill(signal));
jest.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
