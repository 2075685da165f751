import { describe, expect, it } from '@jest/globals';
import { fullSizes } from '../scenario/sizes.ts';
import { markdownOf } from './markdown.ts';
import { type Result } from './result.ts';

const sample = (contestant: 'ours' | 'theirs', round: number, figures: Record<string, number>) => ({
  scenario: 'a',
  contestant,
  round,
  figures,
  calls: { 'APPLY configmaps': contestant === 'ours' ? 1 : 2 },
});

const result: Result = {
  date: '2026-11-24',
  machine: { processors: 2, model: 'some', memoryGiB: 8, system: 'Linux' },
  kubernetes: 'v1',
  rounds: 2,
  quick: false,
  sizes: fullSizes,
  contestants: [
    { name: 'ours', title: 'A' },
    { name: 'theirs', title: 'B' },
  ],
  samples: [
    sample('ours', 0, { convergeSeconds: 4, convergeRate: 500 }),
    sample('theirs', 0, { convergeSeconds: 8, convergeRate: 250 }),
    sample('theirs', 1, { convergeSeconds: 4, convergeRate: 500 }),
    sample('ours', 1, { convergeSeconds: 5, convergeRate: 400 }),
  ],
  problems: [],
};
const rowOf = (text: string, title: string): string[] =>
  (text.split('\n').find((line) => line.startsWith(`| ${title}`)) ?? '')
    .split('|')
    .map((cell) => cell.trim());

describe('the table', () => {
  it('has medians, spreads and ratios, and marks what is no worse', () => {
    const text = markdownOf(result);
    expect(rowOf(text, '2,000 objects created').slice(2, 5)).toEqual([
      '4.50 (4.00 to 5.00)',
      '6.00 (4.00 to 8.00)',
      '0.75 (0.50 to 1.25) +',
    ]);
    expect(rowOf(text, 'the same as objects/s')[4]).toBe('1.20 (0.80 to 2.00) +');
    expect(rowOf(text, 'APPLY configmaps, for each object').slice(2, 4)).toEqual(['1.00', '2.00']);
  });

  it('does not mark what is worse', () => {
    const swapped = result.samples.map((each) => ({
      ...each,
      contestant: each.contestant === 'ours' ? ('theirs' as const) : ('ours' as const),
    }));
    expect(rowOf(markdownOf({ ...result, samples: swapped }), '2,000 objects created')[4]).toMatch(
      /^1\.33 .*\)$/,
    );
  });

  it('leaves out what was not measured, and says what failed', () => {
    const text = markdownOf({ ...result, problems: ['f, round 1, theirs: no'] });
    expect(text).not.toContain('failover under');
    expect(text).toContain('- f, round 1, theirs: no');
    expect(text).not.toContain('quick run');
    expect(markdownOf({ ...result, quick: true })).toContain('quick run');
  });
});
