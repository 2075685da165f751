import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { pkiFiles } from '../control-plane/credentials.ts';
import { clusterLayout } from './layout.ts';
import {
  kubeletFlags,
  nodeMounts,
  renderCniConfig,
  renderContainerdConfig,
  renderKubeletConfig,
} from './node-config.ts';

describe('configuration of a node', () => {
  const node = clusterLayout('local', '/cache').node(2);
  const pki = pkiFiles('/pki');

  it('puts the pods of the kubelet below the control group of the node', () => {
    const config = parse(renderKubeletConfig(node, pki)) as Record<string, unknown>;
    expect(config).toMatchObject({
      kind: 'KubeletConfiguration',
      cgroupRoot: '/stateful-local/node2',
      tlsCertFile: '/pki/node2.crt',
      clusterDNS: ['10.32.0.10'],
      nodeStatusReportFrequency: '1m',
    });
  });

  it('names the node and its zone', () => {
    expect(kubeletFlags(node, pki)).toEqual(
      expect.arrayContaining(['--hostname-override=node2', '--node-ip=10.30.0.12']),
    );
    expect(kubeletFlags(node, pki).join(' ')).toContain('topology.kubernetes.io/zone=zone2');
  });

  it('gives the pods the network of the node', () => {
    expect(JSON.parse(renderCniConfig(node))).toMatchObject({
      plugins: [{ ipam: { ranges: [[{ subnet: '10.31.2.0/24' }]] } }, { type: 'portmap' }],
    });
  });

  it('tells containerd the snapshotter and the sandbox image', () => {
    const config = renderContainerdConfig(node, 'native');
    expect(config).toContain('snapshotter = "native"');
    expect(config).toContain('sandbox_image = "docker.io/local/pause:1"');
    expect(config).toContain('conf_dir = "/cache/local/nodes/node2/cni"');
  });

  it('keeps all state of the node in its folder', () => {
    for (const { source } of nodeMounts(node))
      expect(source.startsWith('/cache/local/nodes/node2/')).toBe(true);
  });
});
