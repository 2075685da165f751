import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { renderKubeconfig } from './kubeconfig.ts';

describe('renderKubeconfig', () => {
  it('carries server, authority and user inside', () => {
    const text = renderKubeconfig({
      name: 'local',
      server: 'https://10.0.0.1:6443',
      caPem: 'CA',
      user: { certPem: 'CERT', keyPem: 'KEY' },
    });
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'local', cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': 'Q0E=' } },
      ],
      users: [{ name: 'local', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
      contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
      'current-context': 'local',
    });
  });
});
