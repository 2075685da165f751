import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { placeOnce } from './cache.ts';

describe('placeOnce', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'cache-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('makes a thing once and leaves nothing else behind', async () => {
    const target = join(dir, 'thing');
    let made = 0;
    const make = async (partial: string): Promise<void> => {
      made += 1;
      await writeFile(partial, 'whole');
    };
    await placeOnce(target, make);
    await placeOnce(target, make);
    expect(made).toBe(1);
    expect(readFileSync(target, 'utf8')).toBe('whole');
    expect(readdirSync(dir)).toEqual(['thing']);
  });

  it('shows nothing of a thing whose making failed', async () => {
    const target = join(dir, 'thing');
    await expect(
      placeOnce(target, async (partial) => {
        await writeFile(partial, 'half');
        throw new Error('no space');
      }),
    ).rejects.toThrow('no space');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('lets two race: both get a whole thing', async () => {
    const target = join(dir, 'folder');
    const paths = await Promise.all(
      ['a', 'b'].map((name) =>
        placeOnce(target, async (partial) => {
          mkdirSync(partial);
          await writeFile(join(partial, 'file'), name);
        }),
      ),
    );
    expect(paths).toEqual([target, target]);
    expect(readdirSync(dir)).toEqual(['folder']);
  });

  it('removes what a killed process began long ago', async () => {
    mkdirSync(join(dir, '.partial-old'));
    writeFileSync(join(dir, '.partial-new'), '');
    utimesSync(join(dir, '.partial-old'), 1, 1);
    await placeOnce(join(dir, 'thing'), (partial) => writeFile(partial, ''));
    expect(readdirSync(dir).sort()).toEqual(['.partial-new', 'thing']);
  });
});
