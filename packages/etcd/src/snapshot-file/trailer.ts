import { createHash } from 'node:crypto';

const trailerBytes = 32;

/** What a whole snapshot was found to be. */
export interface Digests {
  readonly sizeBytes: number;
  /** Of the object, trailer included; hexadecimal. */
  readonly sha256: string;
  /** The last 32 bytes are the SHA-256 of all before them, and the size is that of whole pages and these. */
  readonly isWhole: boolean;
}

/** Follows a snapshot as it goes by. etcd puts the SHA-256 of the database behind it. */
export function followDigests(): { add(chunk: Uint8Array): void; end(): Digests } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  // The last bytes seen: the trailer, unless more follows.
  let held: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      sizeBytes += chunk.length;
      if (chunk.length >= trailerBytes) {
        hash.update(held);
        hash.update(chunk.subarray(0, chunk.length - trailerBytes));
        held = Buffer.from(chunk.subarray(chunk.length - trailerBytes));
        return;
      }
      const both = Buffer.concat([held, chunk]);
      const keep = Math.min(trailerBytes, both.length);
      hash.update(both.subarray(0, both.length - keep));
      held = both.subarray(both.length - keep);
    },
    end() {
      const object = hash.copy().update(held).digest('hex');
      const database = hash.digest();
      return {
        sizeBytes,
        sha256: object,
        isWhole: sizeBytes % 512 === trailerBytes && database.equals(held),
      };
    },
  };
}
