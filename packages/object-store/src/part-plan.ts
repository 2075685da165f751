/** Limits of S3: parts of 5 MiB to 5 GiB but for the last one, 10,000 of them. */
export const mebibyte = 1024 * 1024;
const smallest = 5 * mebibyte;
const largest = 5 * 1024 * mebibyte;
const mostParts = 10_000;

/**
 * Bytes of each part: `wanted`, or as much more as an object of `expectedBytes` needs to fit. A database may grow while it is
 * read, so a quarter is added. Throws RangeError for what no upload can hold.
 */
export function choosePartSize(wanted: number, expectedBytes: number): number {
  const needed = Math.ceil((expectedBytes * 1.25) / mostParts / mebibyte) * mebibyte;
  const size = Math.max(smallest, wanted, needed);
  if (size > largest) throw new RangeError(`an object of ${expectedBytes} bytes is more than S3 can hold`);
  return size;
}

/** Byte ranges, inclusive as HTTP writes them, that cover `start` up to `end` (exclusive). */
export function rangesOf(start: number, end: number, size: number): { first: number; last: number }[] {
  const ranges = [];
  for (let first = start; first < end; first += size) {
    ranges.push({ first, last: Math.min(first + size, end) - 1 });
  }
  return ranges;
}
