import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

/**
 * The suite starts and ends threads. Doing so beside an isolate that compiles much code meets a race in V8 13.6
 * ("Check failed: jit_page.has_value()", nodejs/node#64500 is its kin) that ends the whole process, so it has a
 * process of its own.
 */
it('runs the suite of the thread in a process of its own', async () => {
  const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
  const root = join(import.meta.dirname, '..');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      // No compiled code: nothing to race for. WebAssembly, which Jest needs, stays.
      '--no-opt',
      '--no-maglev',
      '--no-sparkplug',
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      '--runInBand',
      '--json',
      '--testMatch=**/test/election/thread-driver.suite.ts',
    ],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' }, timeout: 110_000 },
  );
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 6, numTotalTests: 6 });
}, 120_000);
