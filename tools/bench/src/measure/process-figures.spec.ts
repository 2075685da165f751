import { expect, it } from '@jest/globals';
import { cpuSecondsOf, memoryOf } from './process-figures.ts';

it('reads resident memory', () => {
  const status =
    'Name:\tnode\nVmPeak:\t 999999 kB\nVmRSS:\t   78848 kB\nRssAnon:\t   40960 kB\nRssFile:\t 1 kB\n';
  expect(memoryOf(status)).toEqual({ residentMb: 77, anonymousMb: 40 });
  expect(memoryOf('').residentMb).toBeNaN();
});

it('reads CPU time past a name with brackets and blanks', () => {
  const stat = '42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 11 0 12345 1000 200';
  expect(cpuSecondsOf(stat)).toBe(4);
});
