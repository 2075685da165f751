import { Readable } from 'node:stream';

const sliceBytes = 256 * 1024;

/**
 * A body that is handed to the connection in slices, as it takes them. Given as a whole TLS would copy and encrypt all of it at once:
 * three times its memory, and the event loop stands still for as long.
 */
export function inSlices(body: Buffer): Buffer | Readable {
  if (body.length <= sliceBytes) return body;
  let at = 0;
  return new Readable({
    highWaterMark: 1,
    read() {
      this.push(at < body.length ? body.subarray(at, (at += sliceBytes)) : null);
    },
  });
}
