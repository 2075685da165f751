import { describe, expect, it } from '@jest/globals';
import { contentHash } from './content-hash.ts';

describe('contentHash', () => {
  it('does not depend on the order of its parts', () => {
    expect(contentHash({ a: '1', b: '2' })).toBe(contentHash({ b: '2', a: '1' }));
  });

  it('changes with a byte, a name, and where one part ends', () => {
    const hashes = [{ a: '1' }, { a: '2' }, { b: '1' }, { a: '1', b: '' }, { a: '11:b0:' }].map(contentHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('takes text and bytes alike, and fits into a file name', () => {
    expect(contentHash({ a: 'é' })).toBe(contentHash({ a: Buffer.from('é') }));
    expect(contentHash({})).toMatch(/^[0-9a-f]{16}$/);
  });
});
