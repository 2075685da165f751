import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linesOf } from './watch-lines.ts';

async function read(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of linesOf(stream(chunks))) lines.push(...some);
  return lines;
}
async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

describe('lines of a watch', () => {
  it('are the same however the bytes are cut', async () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify({ text }));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.integer({ min: 1, max: 9 })), async (lines, sizes) => {
        let rest = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const chunks: Buffer[] = [];
        for (const size of sizes) {
          chunks.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        expect(await read([...chunks, rest])).toEqual(lines);
      }),
    );
  });

  it('end in an error when the last one is not whole', async () => {
    await expect(read([Buffer.from('{"a":1}\n{"b":')])).rejects.toMatchObject({ code: 'network' });
  });
});
