import { OperatorError } from '../errors/index.ts';

const newline = 0x0a;

/**
 * Cuts a byte stream into lines, as many at a time as have come, without decoding across chunk borders, so that no
 * character is ever broken.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[], void, undefined> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline, start); end >= 0; end = chunk.indexOf(newline, start)) {
      const line =
        rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(start, end)]) : chunk.subarray(start, end);
      rest = [];
      start = end + 1;
      if (line.length > 0) lines.push(line.toString('utf8'));
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    // Half an event is a sign of life as well: an object may be larger than what arrives in a minute.
    yield lines;
  }
  // A half line means that the connection broke in the middle of an event, not that the watch ended well.
  if (rest.length > 0) throw new OperatorError('network', 'the watch broke off in the middle of an event');
}
