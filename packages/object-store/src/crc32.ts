import { crc32 as native } from 'node:zlib';

/** CRC32 over `data`, going on from `before`. */
export const crc32 = (data: Uint8Array, before = 0): number => native(data, before);

/** As S3 writes it: four bytes, the highest first, base64. */
export function crc32Text(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}
