import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { type Kind, type KindVersion } from '../custom-resource-definition.ts';
import { conditionFields } from '../standard-fields.ts';
import { lintKind } from './lint.ts';
import { lintRules } from './rules.ts';

const text = z.string().max(9).describe('A text.');
const kind = (spec: z.ZodRawShape, version: Partial<KindVersion> = {}, rest: Partial<Kind> = {}): Kind => ({
  group: 'db.example.com',
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  shortNames: [],
  categories: ['all'],
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      spec: z.object({ name: text, ...spec }),
      status: z.object(conditionFields),
      columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
      ...version,
    },
  ],
  ...rest,
});
const age = { name: 'Age', type: 'date' as const, jsonPath: '.metadata.creationTimestamp' };
const items = (item: z.ZodType) => z.array(item).max(1000).describe('Items.');
const change = { rule: 'self == oldSelf', message: 'cannot change' };

/** One kind for every rule that must find something in it, and where. */
const wrong: Record<string, [Kind, string]> = {
  'field-is-described': [kind({ other: z.string().max(3) }), 'spec.other'],
  'field-is-camel-case': [kind({ Other_name: text }), 'spec.Other_name'],
  'enum-is-pascal-case': [kind({ mode: z.enum(['Fast', 'very_slow']).describe('Mode.') }), 'spec.mode'],
  'string-is-bounded': [kind({ other: z.string().describe('A text.') }), 'spec.other'],
  'list-is-bounded': [kind({ others: z.array(text).describe('Texts.') }), 'spec.others'],
  'map-is-bounded': [kind({ others: z.record(z.string(), text).describe('Texts.') }), 'spec.others'],
  'no-fractions': [kind({ share: z.number().min(0).max(1).describe('A share.') }), 'spec.share'],
  'no-null': [
    kind({
      other: text
        .nullable()
        .describe('A text.')
        .meta({ kubernetes: { nullable: true } }),
    }),
    'spec.other',
  ],
  'no-boolean': [kind({ isFast: z.boolean().describe('Fast.') }), 'spec.isFast'],
  'objects-in-lists-have-keys': [kind({ others: items(z.object({ a: text })) }), 'spec.others'],
  'no-map-of-objects': [
    kind({
      others: z
        .record(z.string(), z.object({ a: text }))
        .describe('Objects.')
        .meta({ kubernetes: { maxProperties: 3 } }),
    }),
    'spec.others',
  ],
  'time-is-named-so': [
    kind({ creationTimestamp: text.meta({ format: 'date-time' }) }),
    'spec.creationTimestamp',
  ],
  'span-has-a-unit': [kind({ timeout: z.int().min(0).max(9).describe('Most.') }), 'spec.timeout'],
  'reference-is-named-ref': [
    kind({ secretReference: z.object({ a: text }).describe('A.') }),
    'spec.secretReference',
  ],
  'spec-keeps-no-unknown-fields': [
    kind({
      any: z
        .record(z.string(), z.unknown())
        .describe('Any.')
        .meta({ kubernetes: { preserveUnknownFields: true } }),
    }),
    'spec.any',
  ],
  'no-phase': [kind({}, { status: z.object({ ...conditionFields, phase: text }) }), 'status.phase'],
  'status-has-conditions': [
    kind({}, { status: z.object({ observedGeneration: conditionFields.observedGeneration }) }),
    'status',
  ],
  'rule-says-what-must-be': [
    kind({ other: text.meta({ kubernetes: { rules: [{ rule: 'true', message: 'wrong value' }] } }) }),
    'spec.other',
  ],
  'change-rule-is-asked': [
    kind({ other: text.optional().meta({ kubernetes: { rules: [change] } }) }),
    'spec.other',
  ],
  'rule-is-affordable': [
    kind({
      others: items(z.string().max(400)).meta({
        kubernetes: {
          rules: [{ rule: "self.all(a, self.all(b, a == b || a.matches('x')))", message: 'must' }],
        },
      }),
    }),
    'spec.others',
  ],
  'column-shows-something': [
    kind({}, { columns: [{ name: 'Other', type: 'string', jsonPath: '.spec.other' }, age] }),
    'spec.other',
  ],
  'columns-end-with-age': [kind({}, { columns: [] }), ''],
  'deprecation-says-what-to-do': [kind({}, { deprecationWarning: 'old' }), ''],
  'kind-has-a-category': [kind({}, {}, { categories: [] }), ''],
};

describe('lintKind', () => {
  it('finds nothing in a good kind', () => {
    const good = kind({
      mode: z.enum(['Fast', 'CRC32']).describe('Mode.'),
      others: items(z.object({ name: text })).meta({ kubernetes: { listMapKeys: ['name'] } }),
      timeoutSeconds: z
        .int()
        .min(1)
        .max(9)
        .default(3)
        .meta({ kubernetes: { rules: [change] } })
        .describe('Most.'),
    });
    const columns = [
      { name: 'Ready', type: 'string' as const, jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      age,
    ];
    expect(lintKind({ ...good, versions: [{ ...good.versions[0]!, columns }] })).toEqual([]);
  });

  it.each(lintRules.map(({ name }) => name))('finds %s, and only that', (name) => {
    const [bad, path] = wrong[name] ?? [kind({}), 'no case for this rule'];
    expect(lintKind(bad).map((problem) => [problem.rule, problem.path])).toEqual([[name, path]]);
  });

  it('lets pass what is excepted with a reason, and wants no reason for nothing', () => {
    const bad = kind({ isFast: z.boolean().describe('Fast.') });
    const exception = { rule: 'no-boolean', path: 'spec.isFast', why: 'it can never have a third value' };
    expect(lintKind({ ...bad, exceptions: [exception] })).toEqual([]);
    expect(lintKind({ ...bad, exceptions: [{ ...exception, why: ' ' }] })).toMatchObject([
      { rule: 'exception-says-why' },
    ]);
    expect(lintKind({ ...kind({}), exceptions: [exception] })).toMatchObject([
      { rule: 'exception-is-needed' },
    ]);
  });
});
