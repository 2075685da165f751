import { expect, it } from '@jest/globals';
import { createLines } from './lines.ts';

it('cuts lines wherever the chunks end, also within a character', () => {
  const seen: string[] = [];
  const lines = createLines((line) => seen.push(line));
  const bytes = Buffer.from('one\n\nzwö', 'utf8');
  lines.take(bytes.subarray(0, 2));
  lines.take(bytes.subarray(2, bytes.length - 1));
  expect(seen).toEqual(['one']);
  lines.take(bytes.subarray(bytes.length - 1));
  lines.take(Buffer.from('\nthree'));
  expect(seen).toEqual(['one', 'zwö']);
});
