import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { customResourceDefinition, type Kind, type KindVersion } from './custom-resource-definition.ts';

const version: KindVersion = {
  name: 'v1',
  served: true,
  storage: true,
  spec: z.object({ size: z.int().min(1).max(9) }),
  status: z.object({ ready: z.boolean().optional() }),
  columns: [],
};
const kind = (...versions: KindVersion[]): Kind => ({
  group: 'db.example.com',
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  shortNames: [],
  categories: [],
  versions,
});

describe('customResourceDefinition', () => {
  it('puts rules over the whole object at its root', () => {
    const rules = [{ rule: 'self.metadata.name.size() <= 9', message: 'too long' }];
    const [root] = customResourceDefinition(kind({ ...version, rules })).spec.versions;
    expect(root?.schema.openAPIV3Schema).toMatchObject({
      type: 'object',
      required: ['spec'],
      'x-kubernetes-validations': rules,
    });
    const [without] = customResourceDefinition(kind(version)).spec.versions;
    expect(without?.schema.openAPIV3Schema).not.toHaveProperty('x-kubernetes-validations');
  });

  it.each([
    ['none', [{ ...version, storage: false }]],
    ['two', [version, { ...version, name: 'v2' }]],
  ])('wants one storage version, not %s', (_, versions) => {
    expect(() => customResourceDefinition(kind(...versions))).toThrow(
      'exactly one version must be the storage version',
    );
  });
});
