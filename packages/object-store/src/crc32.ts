import { crc32 as native } from 'node:zlib';

/** CRC32 over `data`, going on from `before`. */
export const crc32 = (data: Uint8Array, before = 0): number => native(data, before);

const polynomial = 0xedb88320;

/** The product of two polynomials modulo that of the checksum. The highest bit stands for x^0. */
function product(a: number, b: number): number {
  let result = 0;
  let factor = b;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0) result ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
  return result;
}

/** x^(8 bytes): what so many bytes behind it do to a checksum. */
function shift(bytes: number): number {
  let result = 1 << 31;
  let unit = 1 << 23;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = product(unit, result);
    unit = product(unit, unit);
  }
  return result;
}

/** The checksum of a piece and another one behind it, from those of both. */
export const joinCrc32 = (first: number, second: number, secondBytes: number): number =>
  (product(shift(secondBytes), first) ^ second) >>> 0;

/** As S3 writes it: four bytes, the highest first, base64. */
export function crc32Text(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}
