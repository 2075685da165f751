import { crc32 } from './crc32.ts';

/** One full part (the last may be shorter) in a buffer that has to be given back. */
export interface FilledPart {
  readonly number: number;
  readonly data: Buffer;
  readonly crc32: number;
  readonly isLast: boolean;
  release(): void;
}

/**
 * Cuts a stream into parts. `count` buffers of `size` bytes are all there ever is: they are made on first use, filled by
 * copying (small messages are not kept alive), and used again. While all are out the stream is not asked for more. There is at
 * least one part, if an empty one.
 */
export async function* partsOf(
  source: AsyncIterable<Uint8Array>,
  { size, count }: { size: number; count: number },
): AsyncGenerator<FilledPart> {
  const free: Buffer[] = [];
  let made = 0;
  let wake: (() => void) | undefined;
  async function take(): Promise<Buffer> {
    for (;;) {
      const buffer = free.pop();
      if (buffer) return buffer;
      if (made < count) {
        made++;
        // Not from Node's pool, and not zeroed: every byte that is sent has been written.
        return Buffer.allocUnsafeSlow(size);
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  let number = 1;
  let current: Buffer | undefined;
  let filled = 0;
  let checksum = 0;
  const finish = (buffer: Buffer, isLast: boolean): FilledPart => ({
    number: number++,
    data: buffer.subarray(0, filled),
    crc32: checksum,
    isLast,
    release() {
      free.push(buffer);
      const waiting = wake;
      wake = undefined;
      waiting?.();
    },
  });
  for await (const chunk of source) {
    let offset = 0;
    while (offset < chunk.length) {
      // A full part is only let go when more follows, so that the last one is known to be the last.
      if (current && filled === size) {
        const part = finish(current, false);
        current = undefined;
        filled = 0;
        checksum = 0;
        yield part;
      }
      current ??= await take();
      const length = Math.min(size - filled, chunk.length - offset);
      const piece = chunk.subarray(offset, offset + length);
      current.set(piece, filled);
      // Now, while it is in the processor's cache, and never for long at a time.
      checksum = crc32(piece, checksum);
      filled += length;
      offset += length;
    }
  }
  yield finish(current ?? Buffer.alloc(0), true);
}
