import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { crc32cOf, joinFromEnd } from './crc32c.ts';

const whole = (bytes: Uint8Array): number => crc32cOf(bytes)(0, 0, bytes.length) >>> 0;

/** As the checksum is defined, bit by bit. */
function slowly(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('CRC-32C', () => {
  it('is that of the catalogues', () => {
    expect(whole(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(whole(Buffer.alloc(32))).toBe(0x8a9136aa);
  });

  it('is the same wherever the bytes lie, and however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(300), (bytes, offset, cut) => {
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        const crc32c = crc32cOf(moved);
        const at = Math.min(cut, bytes.length);
        expect(crc32c(crc32c(0, 0, at), at, bytes.length) >>> 0).toBe(slowly(bytes));
      }),
    );
  });

  it('of a whole is joined from those of its pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 8 }), (pieces) => {
        const joined = joinFromEnd();
        for (const piece of pieces.toReversed()) joined.prepend(whole(piece), piece.length);
        expect(joined.value()).toBe(whole(Buffer.concat(pieces)));
      }),
    );
    const large = Buffer.alloc(70_000_000, 'etcd');
    const joined = joinFromEnd();
    joined.prepend(whole(large), large.length);
    joined.prepend(whole(large.subarray(0, 3)), 3);
    expect(joined.value()).toBe(whole(Buffer.concat([large.subarray(0, 3), large])));
  });
});
