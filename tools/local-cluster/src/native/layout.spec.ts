import { describe, expect, it } from '@jest/globals';
import { clusterLayout, nodesOf } from './layout.ts';

describe('clusterLayout', () => {
  const layout = clusterLayout('local', '/cache/cluster');

  it('gives every node its own of everything', () => {
    const nodes = nodesOf(layout, 10);
    for (const key of [
      'name',
      'address',
      'podCidr',
      'macAddress',
      'netns',
      'link',
      'cgroup',
      'dir',
    ] as const) {
      expect(new Set(nodes.map((node) => node[key])).size).toBe(10);
    }
    expect(nodes[0]).toMatchObject({
      name: 'node1',
      address: '10.30.0.11',
      podCidr: '10.31.1.0/24',
      netns: 'stateful-local-node1',
      cgroup: '/stateful-local/node1',
      dir: '/cache/cluster/local/nodes/node1',
    });
    expect(nodes[9]?.address).toBe('10.30.0.20');
  });

  it('keeps link names within the 15 characters of the kernel', () => {
    for (const node of nodesOf(layout, 20)) expect(node.link.length).toBeLessThanOrEqual(15);
  });

  it.each(['', 'A', '../x', 'a/b', 'x'.repeat(32)])('refuses the name "%s"', (name) => {
    expect(() => clusterLayout(name)).toThrow('cannot name a cluster');
  });

  it('refuses a node beyond the last', () => {
    expect(() => layout.node(0)).toThrow('no node 0');
    expect(() => layout.node(21)).toThrow('no node 21');
  });
});
