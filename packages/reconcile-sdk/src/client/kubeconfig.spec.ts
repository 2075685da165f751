import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadKubeConfig, parseKubeConfig } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const kubeconfig = (user: object, cluster: object = {}, rest: object = {}): string =>
  JSON.stringify({
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'here' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://one:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
    ...rest,
  });
const exec = {
  apiVersion: 'client.authentication.k8s.io/v1beta1',
  command: 'plugin',
  env: [{ name: 'A', value: 'b' }],
};

describe('parseKubeConfig', () => {
  it('takes everything that data can say', () => {
    expect(
      parseKubeConfig(
        kubeconfig(
          {
            token: 't',
            'client-certificate-data': base64('cert'),
            'client-key-data': base64('key'),
            username: 'ann',
            password: 'pw',
            as: 'bob',
            'as-uid': '1',
            'as-groups': ['g'],
            'as-user-extra': { k: ['v'] },
          },
          {
            'certificate-authority-data': base64('ca'),
            'tls-server-name': 'kubernetes',
            'insecure-skip-tls-verify': true,
            'proxy-url': 'http://proxy:3128',
          },
        ),
      ),
    ).toEqual({
      server: 'https://one:6443',
      namespace: 'here',
      ca: 'ca',
      clientCertificate: { cert: 'cert', key: 'key' },
      token: { value: 't' },
      basic: { username: 'ann', password: 'pw' },
      impersonate: { user: 'bob', uid: '1', groups: ['g'], extra: { k: ['v'] } },
      serverName: 'kubernetes',
      insecureSkipVerify: true,
      proxyUrl: 'http://proxy:3128',
    });
  });

  it('takes a plugin only where it may be run', () => {
    const text = kubeconfig({ exec: { ...exec, args: null, provideClusterInfo: true } });
    expect(() => parseKubeConfig(text, { what: 'Secret fleet/a' })).toThrow(
      'Secret fleet/a names the credential plugin "plugin", which may not be run here',
    );
    expect(parseKubeConfig(text, { environment: { PATH: '/bin', A: 'a', GONE: undefined } }).exec).toEqual({
      apiVersion: exec.apiVersion,
      command: 'plugin',
      args: [],
      environment: { PATH: '/bin', A: 'b' },
      cluster: { server: 'https://one:6443/' },
    });
  });

  it.each<[text: string, message: string]>([
    ['{', 'is not YAML'],
    ['- a', 'has no current-context'],
    ['text', 'is not a kubeconfig'],
    [kubeconfig({}, {}, { 'current-context': 'two' }), 'has no context "two"'],
    [kubeconfig({}, {}, { clusters: [] }), 'has no cluster "c"'],
    [kubeconfig({}, { server: '' }), 'has no server'],
    [kubeconfig({}, {}, { users: [] }), 'has no user "u"'],
    [kubeconfig({ 'auth-provider': {} }), 'auth-provider'],
    [kubeconfig({ 'client-certificate-data': base64('s3cret') }), 'and its key'],
    [kubeconfig({ tokenFile: '/token' }), 'names a file (tokenFile)'],
    [kubeconfig({}, { 'certificate-authority': '/ca' }), 'names a file (certificate-authority)'],
    [kubeconfig({ 'as-groups': ['admins'] }), 'without as'],
    [kubeconfig({ exec: { ...exec, interactiveMode: 'Always' } }), 'needs a terminal'],
    [
      kubeconfig({ exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1' } }),
      'without an interactiveMode',
    ],
    [kubeconfig({ exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } }), 'v1alpha1'],
  ])('refuses %s: %s', (text, message) => {
    expect(() => parseKubeConfig(text, { environment: {} })).toThrow(message);
    expect(() => parseKubeConfig(text, { environment: {} })).not.toThrow('s3cret');
  });
});

describe('loadKubeConfig', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    await mkdir(join(dir, 'sub'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('merges several files: the first that says something wins, paths are beside their file', async () => {
    await writeFile(
      join(dir, 'a'),
      JSON.stringify({ users: [{ name: 'u', user: { token: 'first' } }], contexts: null }),
    );
    await writeFile(
      join(dir, 'sub', 'b'),
      kubeconfig({ token: 'second' }, { 'certificate-authority': 'ca.pem' }),
    );
    await writeFile(join(dir, 'sub', 'ca.pem'), 'authority');
    const paths = [join(dir, 'absent'), join(dir, 'a'), '', join(dir, 'sub', 'b')];
    expect(await loadKubeConfig({ paths })).toMatchObject({
      server: 'https://one:6443',
      token: { value: 'first' },
      ca: 'authority',
      caFile: join(dir, 'sub', 'ca.pem'),
    });
    await expect(loadKubeConfig({ paths, context: 'two' })).rejects.toThrow('has no context "two"');
  });

  it('names what is missing', async () => {
    const absent = join(dir, 'absent');
    await expect(loadKubeConfig({ path: absent })).rejects.toThrow(`cannot read ${absent}`);
    await expect(loadKubeConfig({ paths: [absent, absent] })).rejects.toThrow('none of these files exists');
    await expect(loadKubeConfig({})).rejects.toThrow('KUBERNETES_SERVICE_HOST');
    await writeFile(join(dir, 'c'), kubeconfig({ 'client-certificate': 'tls.crt', 'client-key': 'tls.key' }));
    await expect(loadKubeConfig({ path: join(dir, 'c') })).rejects.toThrow(
      `cannot read ${join(dir, 'tls.')}`,
    );
  });

  it('finds a plugin with a slash beside its file', async () => {
    await writeFile(join(dir, 'd'), kubeconfig({ exec: { ...exec, command: 'bin/plugin' } }));
    const config = await loadKubeConfig({ path: join(dir, 'd'), environment: {} });
    expect(config.exec?.command).toBe(join(dir, 'bin/plugin'));
  });
});
