import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { actsOf, openJournal, parseJournal, readJournal } from './journal.ts';

describe('journal', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('gives back what was recorded, in order', () => {
    const path = join(dir, 'deep', 'journal.jsonl');
    const journal = openJournal(path);
    journal.record({ kind: 'netns', name: 'a' });
    journal.record({ kind: 'link', name: 'b' });
    journal.record({ kind: 'netns', name: 'c' });
    const acts = readJournal(path);
    expect(acts).toHaveLength(3);
    expect(actsOf(acts, 'netns').map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it('is empty before the first act', () => {
    expect(readJournal(join(dir, 'none'))).toEqual([]);
  });

  it('leaves out a line that a kill cut off', () => {
    expect(parseJournal('{"kind":"link","name":"x"}\n{"kind":"li')).toEqual([{ kind: 'link', name: 'x' }]);
  });
});
