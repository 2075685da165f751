import { describe, expect, it } from '@jest/globals';
import { topmost } from './kill-process.ts';

describe('topmost', () => {
  it('is the server, not its workers', () => {
    const processes = [
      { pid: 10, parent: 1, name: 'tini' },
      { pid: 11, parent: 10, name: 'node' },
      { pid: 12, parent: 11, name: 'postgres' },
      { pid: 13, parent: 12, name: 'postgres' },
      { pid: 14, parent: 12, name: 'postgres' },
    ];
    expect(topmost(processes, 'postgres')).toEqual([12]);
    expect(topmost(processes, 'mysqld')).toEqual([]);
  });
});
