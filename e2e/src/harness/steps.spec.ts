import { describe, expect, it } from '@jest/globals';
import { renderSteps } from './steps.ts';

describe('renderSteps', () => {
  it('lines up titles and times, and adds them up', () => {
    const table = renderSteps([
      { title: 'three nodes Ready', ms: 12_340, note: '' },
      { title: 'failover', ms: 1_500, note: 'pg-1 is primary' },
    ]);
    expect(table.split('\n')).toEqual([
      'step                 time',
      '─────────────────────────',
      'three nodes Ready  12.3 s',
      'failover            1.5 s  pg-1 is primary',
      '─────────────────────────',
      'together           13.8 s',
    ]);
  });
});
