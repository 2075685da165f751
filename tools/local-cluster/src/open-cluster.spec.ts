import { describe, expect, it } from '@jest/globals';
import { chooseProvider } from './open-cluster.ts';

describe('chooseProvider', () => {
  it.each([
    [{ wanted: undefined, variable: undefined, isLinuxRoot: true }, 'native'],
    [{ wanted: undefined, variable: '', isLinuxRoot: false }, 'kind'],
    [{ wanted: undefined, variable: 'existing', isLinuxRoot: true }, 'existing'],
    [{ wanted: 'kind', variable: 'existing', isLinuxRoot: true }, 'kind'],
  ] as const)('%j', (input, expected) => {
    expect(chooseProvider(input)).toBe(expected);
  });

  it('refuses what it does not know', () => {
    const input = { wanted: undefined, variable: 'minikube', isLinuxRoot: true };
    expect(() => chooseProvider(input)).toThrow('native, kind, existing');
  });
});
