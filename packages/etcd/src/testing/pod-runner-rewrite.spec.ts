import { describe, expect, it } from '@jest/globals';
import { expandVariables, rewriteHosts, rewritePaths } from './pod-runner-rewrite.ts';

describe('what a container is told', () => {
  it('names folders of this machine, whole parts of paths only', () => {
    const mappings = [
      { inside: '/data', outside: '/tmp/a' },
      { inside: '/data/sub', outside: '/tmp/b' },
    ];
    const of = (text: string) => rewritePaths(text, mappings);
    expect(of('--data-dir=/data')).toBe('--data-dir=/tmp/a');
    expect(of('/data/member')).toBe('/tmp/a/member');
    expect(of('/data/sub/x')).toBe('/tmp/b/x');
    expect(of('/database')).toBe('/database');
    expect(of('/other/data')).toBe('/other/data');
  });

  it('names addresses of pods', () => {
    const of = (text: string) =>
      rewriteHosts(text, '127.9.9.1', (pod, service) =>
        service === 'etcd' ? `127.9.9.${pod.at(-1)}` : undefined,
      );
    expect(of('http://0.0.0.0:2379,http://localhost:1')).toBe('http://127.9.9.1:2379,http://127.9.9.1:1');
    expect(of('a=http://etcd-2.etcd:2380,b=http://etcd-3.etcd.default.svc:2380')).toBe(
      'a=http://127.9.9.2:2380,b=http://127.9.9.3:2380',
    );
    expect(of('/x/snapshot.db 10.127.0.0.1')).toBe('/x/snapshot.db 10.127.0.0.1');
  });

  it('has variables filled in as Kubernetes does', () => {
    expect(expandVariables('--name=$(POD) $(NO) $$(POD)', { POD: 'p' })).toBe('--name=p $(NO) $(POD)');
  });
});
