import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { structuralSchema } from './convert.ts';
import { InexpressibleSchemaError } from './inexpressible.ts';

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
    ['a union', z.object({ a: z.union([z.string(), z.boolean()]) }), 'spec.a'],
    [
      'a union whose members do not say which they are',
      z.object({ a: z.union([z.object({ b: z.string() }), z.object({ c: z.string() })]) }),
      'spec.a',
    ],
    [
      'a union whose members disagree on a field',
      z.object({
        a: z.discriminatedUnion('type', [
          z.object({ type: z.literal('A'), b: z.string() }),
          z.object({ type: z.literal('B'), b: z.boolean() }),
        ]),
      }),
      'spec.a.b',
    ],
    ['null', z.object({ a: z.object({ b: z.string().nullable() }) }), 'spec.a.b'],
    ['a tuple', z.object({ a: z.tuple([z.string()]) }), 'spec.a'],
    ['a date', z.object({ a: z.date() }), 'spec.a'],
    ['a coerced number', z.object({ a: z.coerce.number() }), 'spec.a'],
    ['a trimmed text', z.object({ a: z.string().trim() }), 'spec.a'],
    ['a caught error', z.object({ a: z.string().catch('x') }), 'spec.a'],
    [
      'an intersection',
      z.object({ a: z.object({ b: z.string() }).and(z.object({ c: z.string() })) }),
      'spec.a',
    ],
    ['a schema of itself', z.object({ a: z.lazy(() => z.string()) }), 'spec.a'],
    ['fields without a name beside some with', z.object({ a: z.looseObject({ b: z.string() }) }), 'spec.a'],
    ['two patterns', z.object({ a: z.string().regex(/a/).regex(/b/) }), 'spec.a'],
    ['a pattern with a flag', z.object({ a: z.string().regex(/a/i) }), 'spec.a'],
    ['look-ahead', z.object({ a: z.string().regex(/^(?!x)a/) }), 'spec.a'],
    ['a back-reference', z.object({ a: z.string().regex(/^(a)\1$/) }), 'spec.a'],
    ['spaces that differ', z.object({ a: z.string().regex(/^\S+$/) }), 'spec.a'],
    ['a duration as text', z.object({ a: z.iso.duration() }), 'spec.a'],
    ['a format that the server does not know', z.object({ a: z.base64() }), 'spec.a'],
    ['checks of keys', z.object({ a: z.record(z.string().max(3), z.string()) }), 'spec.a'],
    ['an exclusive bound', z.object({ a: z.int().gt(0).max(9) }), 'spec.a'],
    [
      'a key that items may lack',
      z.object({
        a: z.array(z.object({ name: z.string().optional() })).meta({ kubernetes: { listMapKeys: ['name'] } }),
      }),
      'spec.a',
    ],
    [
      'a key that items do not have',
      z.object({ a: z.array(z.object({ b: z.string() })).meta({ kubernetes: { listMapKeys: ['name'] } }) }),
      'spec.a',
    ],
    [
      'a set of objects',
      z.object({ a: z.array(z.object({ b: z.string() })).meta({ kubernetes: { listType: 'set' } }) }),
      'spec.a',
    ],
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

  it('makes one object of a union, with rules for what belongs to which member', () => {
    const shared = z.string().max(9);
    const schema = z.object({
      target: z.discriminatedUnion('type', [
        z.object({ type: z.literal('Time'), time: shared, note: shared.optional() }),
        z.object({ type: z.literal('Log'), namespace: shared, note: shared.optional() }),
      ]),
    });
    expect(structuralSchema(schema).properties?.['target']).toEqual({
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['Time', 'Log'] },
        time: { type: 'string', maxLength: 9 },
        note: { type: 'string', maxLength: 9 },
        namespace: { type: 'string', maxLength: 9 },
      },
      required: ['type'],
      'x-kubernetes-validations': [
        {
          rule: "!has(self.time) || self.type in ['Time']",
          message: '`time` must be set with type `Time` only',
          fieldPath: '.time',
        },
        {
          rule: "has(self.time) || !(self.type in ['Time'])",
          message: '`time` must be set with type `Time`',
        },
        {
          rule: "!has(self.__namespace__) || self.type in ['Log']",
          message: '`namespace` must be set with type `Log` only',
          fieldPath: '.namespace',
        },
        {
          rule: "has(self.__namespace__) || !(self.type in ['Log'])",
          message: '`namespace` must be set with type `Log`',
        },
      ],
    });
  });

  it('knows integers that may be strings, sets, null that is meant, numbers of entries, formats', () => {
    const schema = z.object({
      port: z
        .union([
          z.int().min(1).max(65535),
          z
            .string()
            .max(15)
            .regex(/^[a-z]+$/),
        ])
        .describe('By number or name.'),
      hosts: z
        .array(z.string().max(9))
        .max(2)
        .meta({ kubernetes: { listType: 'set' } }),
      gone: z
        .string()
        .max(1)
        .nullable()
        .meta({ kubernetes: { nullable: true } }),
      tags: z.record(z.string(), z.string().max(3)).meta({ kubernetes: { maxProperties: 8 } }),
      id: z.uuid(),
      step: z.int().min(0).max(100).multipleOf(5),
      strict: z.strictObject({ a: z.boolean() }),
    });
    expect(structuralSchema(schema).properties).toMatchObject({
      port: {
        'x-kubernetes-int-or-string': true,
        minimum: 1,
        maximum: 65535,
        maxLength: 15,
        pattern: '^[a-z]+$',
        description: 'By number or name.',
      },
      hosts: { 'x-kubernetes-list-type': 'set', maxItems: 2 },
      gone: { nullable: true },
      tags: { maxProperties: 8 },
      id: { format: 'uuid' },
      step: { multipleOf: 5, format: 'int32' },
      strict: { properties: { a: { type: 'boolean' } } },
    });
    expect(structuralSchema(schema).properties?.['port']).not.toHaveProperty('type');
  });
});
