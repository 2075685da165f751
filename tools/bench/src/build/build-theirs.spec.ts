import { expect, it } from '@jest/globals';
import { versionIn } from './build-theirs.ts';

it('names the version of controller-runtime', () => {
  expect(versionIn('module x\n\nrequire (\n\tsigs.k8s.io/controller-runtime v1.2.3\n)\n')).toBe('v1.2.3');
  expect(() => versionIn('module x\n')).toThrow('controller-runtime');
});
