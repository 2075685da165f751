import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { withLock } from './lock.ts';
import { silent } from './log.ts';

const linux = process.platform === 'linux' ? it : it.skip;
const options = { what: 'runs a test', timeoutMs: 10_000, log: silent };

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }));

linux('lets one in at a time, also after a failure', async () => {
  let inside = 0;
  let most = 0;
  const results = await Promise.allSettled(
    [1, 2, 3].map((number) =>
      withLock(path, options, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        if (number === 2) throw new Error('no');
      }),
    ),
  );
  expect(most).toBe(1);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

linux('is free once the process that held it was killed', async () => {
  const source = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await withLock(${JSON.stringify(path)}, { what: 'x', timeoutMs: 5000, log: () => undefined }, () => {
      process.stdout.write('in');
      return new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const busy = withLock(path, { ...options, timeoutMs: 1_000 }, () => Promise.resolve('in'));
  await expect(busy).rejects.toThrow('another process still runs a test');
  holder.kill('SIGKILL');
  expect(await withLock(path, options, () => Promise.resolve('in'))).toBe('in');
});
