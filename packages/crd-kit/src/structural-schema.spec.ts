import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { InexpressibleSchemaError, structuralSchema } from './structural-schema.ts';

describe('structuralSchema', () => {
  it('keeps bounds, patterns, defaults, descriptions and rules', () => {
    const schema = z.object({
      replicas: z
        .int()
        .min(1)
        .max(9)
        .describe('All instances.')
        .meta({ kubernetes: { rules: [{ rule: 'self != 2', message: 'must not be 2' }] } }),
      schedule: z
        .string()
        .regex(/^\d{2}:\d{2}$/)
        .default('02:30'),
      names: z.array(z.string().max(63)).max(3).optional(),
      labels: z.record(z.string(), z.string().max(63)).optional(),
    });
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      required: ['replicas'],
      properties: {
        replicas: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 9,
          description: 'All instances.',
          'x-kubernetes-validations': [{ rule: 'self != 2', message: 'must not be 2' }],
        },
        schedule: { type: 'string', pattern: '^\\d{2}:\\d{2}$', default: '02:30' },
        names: {
          type: 'array',
          maxItems: 3,
          items: { type: 'string', maxLength: 63 },
          'x-kubernetes-list-type': 'atomic',
        },
        labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 63 } },
      },
    });
  });

  it('merges lists of objects by key when told the key', () => {
    const schema = z.object({
      items: z.array(z.object({ name: z.string() })).meta({ kubernetes: { listMapKeys: ['name'] } }),
    });
    expect(structuralSchema(schema).properties?.['items']).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    });
  });

  it.each([
    ['a union', z.object({ a: z.union([z.string(), z.int().min(0).max(1)]) }), 'spec.a'],
    ['null', z.object({ a: z.object({ b: z.string().nullable() }) }), 'spec.a.b'],
    ['an unbounded integer', z.object({ a: z.array(z.int()) }), 'spec.a[]'],
    ['a transform', z.object({ a: z.string().transform((s) => s.length) }), 'spec.a'],
    ['a refinement without a rule', z.object({ a: z.string().refine((s) => s !== 'x') }), 'spec.a'],
    ['an empty object', z.object({ a: z.object({}) }), 'spec.a'],
    ['a word that YAML takes for a boolean', z.object({ a: z.enum(['Always', 'Off']) }), 'spec.a'],
    ['an unknown', z.object({ a: z.unknown() }), 'spec.a'],
  ])('refuses %s and names the path', (_, schema, path) => {
    expect(() => structuralSchema(schema)).toThrow(InexpressibleSchemaError);
    expect(() => structuralSchema(schema)).toThrow(`${path}: `);
  });
});
