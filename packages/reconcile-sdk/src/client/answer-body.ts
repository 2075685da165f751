import type { IncomingMessage } from 'node:http';
import { OperatorError } from '../errors/index.ts';

/** Reads an answer to its end. One that exceeds `maxBytes` is cut off, with its connection. */
export async function readText(response: IncomingMessage, maxBytes: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new OperatorError(
        'bad-response',
        `${what}: the answer has more than ${maxBytes} bytes: ask for less at once, or allow more`,
      );
    }
    chunks.push(chunk);
  }
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
}

/** As `readText`, but what is beyond `maxBytes` is left away: for what is only shown to people. */
export async function readExcerpt(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No cause: its message quotes the answer, which may be a Secret.
    throw new OperatorError('bad-response', `${what}: the answer is not JSON`);
  }
}
