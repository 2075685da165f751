import { describe, expect, it } from '@jest/globals';
import { clusterLayout, nodesOf } from '../native/layout.ts';
import { renderRules } from './one-way.ts';

describe('renderRules', () => {
  const nodes = nodesOf(clusterLayout('local', '/cache'), 3);
  const findNode = (name: string) => nodes.find((node) => node.name === name)!;
  const rules = (number: number, ...cuts: readonly (readonly [string, string])[]) =>
    renderRules(
      nodes[number - 1]!,
      cuts.map(([from, to]) => ({ from, to })),
      findNode,
    );

  it('drops at the sender what goes to another node and its pods', () => {
    expect(rules(1, ['node1', 'node2'])).toContain(
      'oifname "eth0" ip daddr { 10.30.0.12, 10.31.2.0/24 } drop',
    );
  });

  it('leaves the other direction alone', () => {
    expect(rules(2, ['node1', 'node2'])).toBe(
      'add table inet stateful_faults\ndelete table inet stateful_faults\n',
    );
  });

  it('cuts the API server in either direction but leaves DNS', () => {
    expect(rules(3, ['node3', 'api-server'])).toContain(
      'oifname "eth0" ip daddr 10.30.0.1 th dport != 53 drop',
    );
    expect(rules(3, ['api-server', 'node3'])).toContain(
      'iifname "eth0" ip saddr 10.30.0.1 th sport != 53 drop',
    );
  });
});
