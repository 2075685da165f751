import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { customResourceDefinition, type Kind, type KindVersion } from '../custom-resource-definition.ts';
import { incompatibilities } from './compare.ts';

const status = z.object({ ready: z.boolean().optional() });
const item = z.object({ name: z.string().max(9), size: z.int().min(1).max(9).optional() });
const fields = {
  size: z.int().min(1).max(9),
  name: z.string().min(2).max(9).regex(/^a/).optional(),
  mode: z.enum(['A', 'B']).default('A'),
  items: z
    .array(item)
    .max(3)
    .optional()
    .meta({ kubernetes: { listMapKeys: ['name'] } }),
  tags: z.record(z.string(), z.string().max(9)).optional(),
  gone: z
    .string()
    .max(9)
    .nullable()
    .optional()
    .meta({ kubernetes: { nullable: true } }),
  free: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ kubernetes: { preserveUnknownFields: true } }),
};
const rule = { rule: 'self.size > 0', message: 'must' };
const version = (spec: object, rest: Partial<KindVersion> = {}): KindVersion => ({
  name: 'v1beta1',
  served: true,
  storage: true,
  spec: z.object({ ...fields, ...spec }),
  status,
  columns: [],
  scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' },
  ...rest,
});
const crd = (versions: KindVersion[], rest: Partial<Kind> = {}) =>
  customResourceDefinition({
    group: 'db.example.com',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: ['th'],
    categories: ['all'],
    conversion: 'Webhook',
    versions,
    ...rest,
  });
const released = crd([version({})]);
const found = (now: ReturnType<typeof crd>, from = released): string[] =>
  incompatibilities(from, now).map(({ rule: name, path }) => `${name} ${path}`);
const old = (rest: Partial<KindVersion> = {}) => version({}, { name: 'v1alpha1', storage: false, ...rest });

describe('incompatibilities', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['a new optional field', { extra: z.string().max(3).optional() }],
    ['a new field with a default', { extra: z.string().max(3).default('x') }],
    [
      'wider bounds',
      { size: z.int().min(0).max(10), name: z.string().min(1).max(99).regex(/^a/).optional() },
    ],
    ['no pattern any more', { name: z.string().min(2).max(9).optional() }],
    ['a new value', { mode: z.enum(['A', 'B', 'C']).default('A') }],
    ['an optional field that was required', { size: z.int().min(1).max(9).optional() }],
    ['another description', { size: fields.size.describe('Other words.') }],
    [
      'a 64-bit integer',
      {
        size: z
          .int()
          .min(1)
          .max(2 ** 40),
      },
    ],
  ])('allows %s', (_, change) => {
    expect(found(crd([version(change)]))).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ['another type', { size: z.string().max(3) }, ['type-stays spec.size']],
    ['a lower maximum', { size: z.int().min(1).max(8) }, ['bounds-never-tighten spec.size']],
    ['a higher minimum', { size: z.int().min(2).max(9) }, ['bounds-never-tighten spec.size']],
    ['a multiple', { size: z.int().min(1).max(9).multipleOf(3) }, ['bounds-never-tighten spec.size']],
    [
      'a new bound',
      { tags: fields.tags.meta({ kubernetes: { maxProperties: 3 } }) },
      ['bounds-never-tighten spec.tags'],
    ],
    [
      'another pattern',
      { name: z.string().min(2).max(9).regex(/^b/).optional() },
      ['pattern-stays spec.name'],
    ],
    ['a value less', { mode: z.enum(['A']).default('A') }, ['enum-value-stays spec.mode']],
    [
      'values where any was allowed',
      { name: z.enum(['ab', 'ac']).optional() },
      ['enum-value-stays spec.name'],
    ],
    ['another default', { mode: z.enum(['A', 'B']).default('B') }, ['default-stays spec.mode']],
    ['no default any more', { mode: z.enum(['A', 'B']).optional() }, ['default-stays spec.mode']],
    ['a default where there was none', { name: fields.name.default('ab') }, ['default-stays spec.name']],
    ['no null any more', { gone: z.string().max(9).optional() }, ['null-stays spec.gone']],
    [
      'another list type',
      { items: z.array(item).max(3).optional() },
      ['list-type-stays spec.items', 'list-type-stays spec.items'],
    ],
    ['a field less', { name: undefined }, ['field-stays spec.name']],
    [
      'a free field described',
      { free: z.object({ a: z.string().optional() }).optional() },
      ['field-stays spec.free'],
    ],
    [
      'keys named',
      { tags: z.object({ a: z.string().max(9).optional() }).optional() },
      ['field-stays spec.tags'],
    ],
    ['a new required field', { extra: z.string().max(3) }, ['required-is-not-added spec.extra']],
    [
      'a field that is now required',
      { name: z.string().min(2).max(9).regex(/^a/) },
      ['required-is-not-added spec.name'],
    ],
    [
      'a new rule',
      { size: fields.size.meta({ kubernetes: { rules: [rule] } }) },
      ['rule-is-not-added spec.size'],
    ],
    [
      'a format',
      { name: z.string().min(2).max(9).regex(/^a/).meta({ format: 'uuid' }).optional() },
      ['format-stays spec.name'],
    ],
    [
      'a tighter bound deep within',
      {
        items: z
          .array(item.extend({ size: z.int().min(1).max(8).optional() }))
          .max(3)
          .optional()
          .meta({ kubernetes: { listMapKeys: ['name'] } }),
      },
      ['bounds-never-tighten spec.items[].size'],
    ],
    [
      'a tighter bound of every value',
      { tags: z.record(z.string(), z.string().max(8)).optional() },
      ['bounds-never-tighten spec.tags.*'],
    ],
  ])('refuses %s', (_, change, problems) => {
    const spec = z.object(
      Object.fromEntries(Object.entries({ ...fields, ...change }).filter(([, field]) => field)) as never,
    );
    expect(found(crd([version({}, { spec })]))).toEqual(problems);
  });

  it('refuses other names', () => {
    expect(
      found(
        crd([version({})], {
          group: 'other',
          kind: 'Other',
          plural: 'others',
          singular: 'other',
          shortNames: [],
          categories: [],
          scope: 'Cluster',
        }),
      ).sort(),
    ).toEqual([
      'names-stay categories',
      'names-stay group',
      'names-stay kind',
      'names-stay plural',
      'names-stay scope',
      'names-stay shortNames',
      'names-stay singular',
    ]);
  });

  it('refuses another place of the replicas', () => {
    const scale = { specReplicasPath: '.spec.other', statusReplicasPath: '.status.ready' };
    expect(found(crd([version({}, { scale })]))).toEqual(['scale-stays ']);
  });

  it('holds versions to their way out: deprecated, not served, gone', () => {
    const both = crd([old(), version({})]);
    expect(found(crd([old({ deprecationWarning: 'use v1beta1' }), version({})]), both)).toEqual([]);
    expect(found(crd([old({ served: false }), version({})]), both)).toEqual(['served-version-stays ']);
    expect(found(crd([version({})]), both)).toEqual(['served-version-stays ']);
    const deprecated = crd([old({ deprecationWarning: 'use v1beta1' }), version({})]);
    expect(found(crd([old({ served: false }), version({})]), deprecated)).toEqual([]);
    expect(found(crd([version({})]), crd([old({ served: false }), version({})]))).toEqual([]);
  });

  it('holds the storage version to what the last release can read', () => {
    const next = version({}, { name: 'v1' });
    const kept = version({}, { storage: false });
    expect(found(crd([kept, next]))).toEqual(['storage-version-was-served ']);
    expect(found(crd([kept, next]), crd([version({}), { ...next, storage: false }]))).toEqual([]);
    expect(found(crd([next]))).toEqual(['stored-version-stays ', 'storage-version-was-served ']);
  });

  it('lets pass what is excepted with a reason, and no more', () => {
    const now = crd([version({ size: z.int().min(1).max(8) })]);
    const exception = {
      rule: 'bounds-never-tighten',
      path: 'spec.size',
      why: 'nobody could ever run nine of them',
    };
    expect(incompatibilities(released, now, [exception])).toEqual([]);
    expect(incompatibilities(released, now, [{ ...exception, why: '' }])).toMatchObject([
      { rule: 'exception-says-why' },
    ]);
    expect(incompatibilities(released, released, [exception])).toMatchObject([
      { rule: 'exception-is-needed' },
    ]);
  });
});
