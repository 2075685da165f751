import { type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/**
 * Hands on the chunks of a body as they come, until it ends. A body of gigabytes comes in records of 16 KiB: a loop that awaits each
 * of them takes twice the time.
 */
export function eachChunk(body: Readable, take: (chunk: Uint8Array) => void): Promise<void> {
  body.on('data', take);
  return finished(body);
}
