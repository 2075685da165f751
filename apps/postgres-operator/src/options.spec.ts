import { describe, expect, it } from '@jest/globals';
import { operatorCommand, parseOptions } from './options.ts';

const quiet = () =>
  operatorCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
const parse = (argv: string[], env: Record<string, string> = {}) => parseOptions(argv, env, quiet());

describe('parseOptions', () => {
  it('has defaults for all', () => {
    expect(parse([])).toEqual({
      images: {},
      watchNamespaces: [],
      metricsAddress: ':8080',
      probesAddress: ':8081',
      debugAddress: '127.0.0.1:8082',
      leaderElect: true,
      graceSeconds: 0,
      namespace: undefined,
      identity: 'postgres-operator',
      kubeconfig: undefined,
      inClusterHost: undefined,
      verbose: false,
    });
  });

  it('serves webhooks where it is told to, under the names of their Service', () => {
    expect(parse([]).webhooks).toBeUndefined();
    expect(parse(['--webhook-address=:9443']).webhooks).toEqual({
      address: ':9443',
      service: 'postgres-operator-webhook',
      hosts: [],
      certificatesDir: undefined,
    });
    expect(
      parse([
        '--webhook-address=:9443',
        '--webhook-service=op-webhook',
        '--webhook-hosts=127.0.0.1, op.example.com',
        '--webhook-certificates=/certificates',
      ]).webhooks,
    ).toEqual({
      address: ':9443',
      service: 'op-webhook',
      hosts: ['127.0.0.1', 'op.example.com'],
      certificatesDir: '/certificates',
    });
  });

  it('takes what the chart gives', () => {
    expect(
      parse(
        [
          '--postgres-image=17.12.0=example.com/postgres:17.12.0',
          '--postgres-image=17.13.0=example.com/postgres@sha256:ab',
          '--watch-namespaces=a,b',
          '--metrics-address=',
          '--verbose',
        ],
        {
          POD_NAME: 'op-1',
          POD_NAMESPACE: 'ops',
          KUBERNETES_SERVICE_HOST: '10.32.0.1',
          KUBERNETES_SERVICE_PORT: '443',
        },
      ),
    ).toMatchObject({
      images: { '17.12.0': 'example.com/postgres:17.12.0', '17.13.0': 'example.com/postgres@sha256:ab' },
      watchNamespaces: ['a', 'b'],
      metricsAddress: '',
      namespace: 'ops',
      identity: 'op-1',
      inClusterHost: '10.32.0.1:443',
      verbose: true,
    });
  });

  it('puts an IPv6 address in brackets', () => {
    expect(parse([], { KUBERNETES_SERVICE_HOST: 'fd00::1' }).inClusterHost).toBe('[fd00::1]:443');
  });

  it('does not share images between calls', () => {
    parse(['--postgres-image=17.12.0=a']);
    expect(parse([]).images).toEqual({});
  });

  it.each([[['--postgres-image=17=a']], [['--postgres-image=17.12.0=']], [['--unknown']], [['word']]])(
    'refuses %j',
    (argv) => {
      expect(() => parse(argv)).toThrow();
    },
  );
});
