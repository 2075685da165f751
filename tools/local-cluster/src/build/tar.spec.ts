import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { tarArchive } from './tar.ts';

describe('tarArchive', () => {
  const entry = (name: string, text: string) => ({ name, mode: 0o644, content: Buffer.from(text) });

  it('is read by tar', () => {
    const archive = tarArchive([entry('a.txt', 'hello'), entry('b/c', 'x'.repeat(512)), entry('empty', '')]);
    const list = execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' });
    expect(list).toBe('a.txt\nb/c\nempty\n');
    const content = execFileSync('tar', ['-xOf', '-', 'a.txt'], { input: archive, encoding: 'utf8' });
    expect(content).toBe('hello');
  });

  it('refuses a name that does not fit', () => {
    expect(() => tarArchive([entry('x'.repeat(101), '')])).toThrow('too long');
  });
});
