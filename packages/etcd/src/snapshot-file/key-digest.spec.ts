import { expect, it } from '@jest/globals';
import { keyDigests } from './key-digest.ts';

it('is HalfSipHash-2-4 of 64 bits, by the vectors of its authors', () => {
  const digestOf = keyDigests('0302010007060504');
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, index) => index));
  const digest = { low: 0, high: 0 };
  const text = (length: number): string => {
    digestOf(bytes, 0, length, digest);
    const found = Buffer.alloc(8);
    found.writeUInt32LE(digest.low, 0);
    found.writeUInt32LE(digest.high, 4);
    return found.toString('hex');
  };
  expect(text(0)).toBe('21 8d 1f 59 b9 b8 3c c8'.replaceAll(' ', ''));
});
