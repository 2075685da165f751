import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { renderKindConfig } from './kind.ts';

describe('renderKindConfig', () => {
  it.each([1, 3])('asks for %d nodes in all', (count) => {
    const { nodes } = parse(renderKindConfig(count)) as { nodes: { role: string }[] };
    expect(nodes).toHaveLength(count);
    expect(nodes.filter(({ role }) => role === 'control-plane')).toHaveLength(1);
  });
});
