import { describe, expect, it } from '@jest/globals';
import { createChecks, renderTable } from './report.ts';

describe('checks', () => {
  it('go on after a failure and show both', async () => {
    const { check, results } = createChecks(() => undefined);
    await check('bad', () => Promise.reject(new Error('broken\nand more')));
    await check('good', () => Promise.resolve('seen'));
    expect(results().map(({ passed }) => passed)).toEqual([false, true]);
    const lines = renderTable(results()).split('\n');
    expect(lines[0]).toMatch(/^check +result +took +seen$/);
    expect(lines[1]).toMatch(/^bad +FAILED .* broken$/);
    expect(lines[2]).toMatch(/^good +ok .* seen$/);
  });
});
