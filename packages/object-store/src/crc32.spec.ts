import { expect, it } from '@jest/globals';
import { crc32, joinCrc32 } from './crc32.ts';

it('the checksum of a whole follows from those of its pieces', () => {
  const whole = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index) >> 3));
  for (const cut of [0, 1, 255, 256, 4096, 65_537, 69_999, 70_000]) {
    const [first, second] = [whole.subarray(0, cut), whole.subarray(cut)];
    expect(joinCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(whole));
  }
});
