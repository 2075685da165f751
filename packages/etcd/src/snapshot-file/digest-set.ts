/** Digests of keys that were met. */
export interface DigestSet {
  /** Adds one with a bit, and tells the bits that it had before: 0 when it is new. */
  add(low: number, high: number, bit: number): number;
}

/** A set of up to `most` digests of 64 bits, in 17 bytes per place. */
export function createDigestSet(most: number): DigestSet {
  let places = 16;
  while (places < most * 1.5) places *= 2;
  const lows = new Uint32Array(places);
  const highs = new Uint32Array(places);
  const bits = new Uint8Array(places);
  return {
    add(low, high, bit) {
      let place = low & (places - 1);
      while (bits[place] !== 0 && (lows[place] !== low || highs[place] !== high))
        place = (place + 1) & (places - 1);
      const before = bits[place]!;
      lows[place] = low;
      highs[place] = high;
      bits[place] = before | bit;
      return before;
    },
  };
}
