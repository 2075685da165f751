/** The digest of one key: 64 bits in two numbers. */
export interface KeyDigest {
  low: number;
  high: number;
}

/**
 * HalfSipHash-2-4 with 64 bits: keys are told apart by it. It is keyed, so that who writes keys cannot make two of them that look
 * the same; `seed` is hexadecimal, 16 digits of which count, and should be one that nobody knows before the keys are written.
 */
export function keyDigests(
  seed: string,
): (bytes: Buffer, start: number, end: number, into: KeyDigest) => void {
  const k0 = Number.parseInt(seed.slice(0, 8), 16) | 0;
  const k1 = Number.parseInt(seed.slice(8, 16), 16) | 0;
  let [v0, v1, v2, v3] = [0, 0, 0, 0];
  function rounds(count: number): void {
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
  }
  function absorb(word: number): void {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  return (bytes, start, end, into) => {
    v0 = k0;
    v1 = k1 ^ 0xee;
    v2 = 0x6c796765 ^ k0;
    v3 = 0x74656462 ^ k1;
    let at = start;
    for (; at + 4 <= end; at += 4)
      absorb(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    let last = (end - start) << 24;
    for (let shift = 0; at < end; shift += 8) last |= bytes[at++]! << shift;
    absorb(last);
    v2 ^= 0xee;
    rounds(4);
    into.low = (v1 ^ v3) >>> 0;
    v1 ^= 0xdd;
    rounds(4);
    into.high = (v1 ^ v3) >>> 0;
  };
}
