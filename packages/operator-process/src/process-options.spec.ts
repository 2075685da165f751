import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { addProcessOptions, processOptionsOf, splitNames } from './process-options.ts';

const parse = (argv: string[], env: Record<string, string> = {}) => {
  const command = addProcessOptions(new Command('some-operator'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return processOptionsOf(command.parse(argv, { from: 'user' }), env);
};

describe('options of a process', () => {
  it('are taken from the command line before the environment, and the command is its name without either', () => {
    const env = { POD_NAME: 'pod', POD_NAMESPACE: 'here', KUBECONFIG: '/a' };
    expect(parse([], env)).toMatchObject({ identity: 'pod', namespace: 'here', kubeconfig: '/a' });
    expect(parse(['--identity=me', '--namespace=there', '--kubeconfig=/b'], env)).toMatchObject({
      identity: 'me',
      namespace: 'there',
      kubeconfig: '/b',
    });
    expect(parse([])).toMatchObject({ identity: 'some-operator', namespace: undefined });
  });

  it('put an IPv6 address of the API server in brackets', () => {
    expect(parse([], { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' })).toMatchObject({
      inClusterHost: '[fd00::1]:6443',
    });
  });

  it('refuse what they do not know', () => {
    expect(() => parse(['--leader'])).toThrow('unknown option');
    expect(() => parse(['more'])).toThrow('too many arguments');
  });
});

describe('splitNames', () => {
  it('leaves out spaces and what is empty', () => expect(splitNames(' a, ,b,')).toEqual(['a', 'b']));
});
