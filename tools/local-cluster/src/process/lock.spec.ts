import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from './lock.ts';

describe('withLock', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const options = { what: 'a test', timeoutMs: 5_000 };

  it('lets one in at a time and leaves no file behind', async () => {
    const path = join(dir, 'lock');
    let inside = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3].map(() =>
        withLock(path, options, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('breaks the lock of a dead process and removes what it left', async () => {
    const path = join(dir, 'lock');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: '1' }));
    writeFileSync(`${path}.claim`, JSON.stringify({ pid: process.pid, startTime: '1' }));
    expect(await withLock(path, options, () => Promise.resolve('in'))).toBe('in');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('gives up at its deadline and says what it waited for', async () => {
    const path = join(dir, 'lock');
    await withLock(path, options, async () => {
      await expect(
        withLock(path, { what: 'a test', timeoutMs: 150 }, () => Promise.resolve()),
      ).rejects.toThrow('the lock of a test');
    });
  });

  it('is free again after a failure', async () => {
    const path = join(dir, 'lock');
    await expect(withLock(path, options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, options, () => Promise.resolve(1))).toBe(1);
  });
});
