import { describe, expect, it } from '@jest/globals';
import { added, type MachineState } from './machine-state.ts';

describe('added', () => {
  const empty: MachineState = { namespaces: [], links: [], routes: [], mounts: [], cgroups: [], folders: [] };

  it('names what has come, also a second time, and not what has gone', () => {
    const before = { ...empty, mounts: ['/a', '/b'], links: ['lo'] };
    const after = { ...empty, mounts: ['/a', '/a'], links: ['lo', 'kbr0'] };
    expect(added(before, after)).toEqual(['links: kbr0', 'mounts: /a']);
    expect(added(before, before)).toEqual([]);
  });
});
