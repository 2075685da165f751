import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { stash } from '@stateful/crd-kit';
import fc from 'fast-check';
import { conversionDataAnnotation, postgresClusterConversion } from './conversion.ts';
import { postgresClusterSpecV1alpha1Schema } from './postgres-cluster-v1alpha1.ts';
import { postgresClusterSpecSchema } from './postgres-cluster-v1beta1.ts';

const { toHub, fromHub } = postgresClusterConversion.v1alpha1;
const runs = { numRuns: 10_000, seed: 6 };

const shared = {
  replicas: fc.integer({ min: 1, max: 15 }),
  version: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join('.')),
};
const schedule = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/);
/** An annotation that is not ours, looks like ours, or is ours. */
const anyAnnotation = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.dictionary(word, fc.jsonValue()).map((spec) => JSON.stringify({ spec })),
  fc
    .tuple(fc.dictionary(word, fc.jsonValue()), fc.string())
    .map(([spec, annotation]) => JSON.stringify({ spec, annotation })),
);
const metadata = (others: fc.Arbitrary<string>) =>
  fc.record(
    {
      name: word,
      uid: fc.uuid(),
      labels: fc.dictionary(word, word),
      annotations: fc.oneof(
        fc.dictionary(word, fc.string(), { minKeys: 1 }),
        fc.record({ other: fc.string(), [conversionDataAnnotation]: others }),
      ),
    },
    { requiredKeys: ['name', 'uid'] },
  );
const old = (others: fc.Arbitrary<string>) =>
  fc.record({
    apiVersion: fc.constant('db.example.com/v1alpha1'),
    kind: fc.constant('PostgresCluster'),
    metadata: metadata(others),
    spec: fc.record(
      { ...shared, backupSchedule: schedule, retentionDays: fc.integer({ min: 1, max: 3650 }) },
      { requiredKeys: ['replicas', 'version'] },
    ),
    status: fc.dictionary(word, fc.jsonValue()),
  });
const store = fc.record({
  endpoint: word.map((host) => `https://${host}`),
  bucket: fc.constant('backups'),
  region: word,
  prefix: word,
  credentialsSecret: word,
});
const hub = fc.record({
  apiVersion: fc.constant('db.example.com/v1beta1'),
  kind: fc.constant('PostgresCluster'),
  metadata: metadata(anyAnnotation),
  spec: fc.record(
    {
      ...shared,
      backupSchedule: schedule,
      backupRetention: fc.oneof(
        fc.integer({ min: 1, max: 3650 }).map((n) => `${n}d`),
        fc.integer({ min: 1, max: 521 }).map((n) => `${n}w`),
        fc.integer({ min: 1, max: 121 }).map((n) => `${n}m`),
      ),
      storage: fc.record(
        { size: fc.nat(99).map((n) => `${n + 1}Gi`), class: word },
        { requiredKeys: ['size'] },
      ),
      synchronous: fc.constantFrom('Required', 'Preferred', 'Never'),
      parameters: fc.dictionary(word, fc.string({ unit: 'grapheme' })),
      backupStore: store,
      restoreFrom: fc.oneof(fc.record({ cluster: word }), fc.record({ path: word })),
    },
    { requiredKeys: ['replicas', 'version'] },
  ),
});

// Ten thousand objects take some seconds alone, and longer beside other tests.
jest.setTimeout(120_000);

/** Jest's comparison explains, and is too slow for ten thousand objects. */
const expectSame = (actual: unknown, expected: unknown): void => {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
};

describe('conversion of a PostgresCluster', () => {
  it('v1alpha1 -> v1beta1 -> v1alpha1 loses nothing', () => {
    fc.assert(
      fc.property(old(fc.string({ unit: 'binary' })), (object) => {
        expectSame(fromHub(toHub(object)), object);
      }),
      runs,
    );
  });

  it('v1beta1 -> v1alpha1 -> v1beta1 loses nothing', () => {
    fc.assert(
      fc.property(hub, (object) => {
        expectSame(toHub(fromHub(object)), object);
      }),
      runs,
    );
  });

  it('gives objects that the other version takes', () => {
    fc.assert(
      fc.property(hub, (object) => {
        expect(
          postgresClusterSpecV1alpha1Schema.strict().safeParse(fromHub(object).spec).error,
        ).toBeUndefined();
      }),
      { ...runs, numRuns: 1_000 },
    );
    fc.assert(
      fc.property(old(anyAnnotation), (object) => {
        const spec = toHub({ ...object, metadata: {} } as { spec: unknown }).spec;
        expect(postgresClusterSpecSchema.strict().safeParse(spec).error).toBeUndefined();
      }),
      { ...runs, numRuns: 1_000 },
    );
  });

  it('lets an edit of the older version win, and keeps all the rest', () => {
    fc.assert(
      fc.property(
        hub,
        fc.integer({ min: 1, max: 3650 }),
        fc.integer({ min: 1, max: 15 }),
        (object, days, replicas) => {
          const seen = fromHub(object);
          const edited = toHub({
            ...seen,
            spec: { ...seen.spec, replicas, retentionDays: days },
          } as typeof seen);
          const wasSame = (seen.spec as { retentionDays?: number }).retentionDays === days;
          expect(edited).toEqual({
            ...object,
            spec: {
              ...object.spec,
              replicas,
              backupRetention: wasSame ? object.spec.backupRetention : `${days}d`,
            },
          });
        },
      ),
      { ...runs, numRuns: 2_000 },
    );
  });

  it('says a unit again only while the days are the same', () => {
    const monthly = { spec: { replicas: 1, version: '17.1.0', backupRetention: '1m' } };
    const seen = fromHub(monthly);
    expect(seen.spec).toEqual({ replicas: 1, version: '17.1.0', retentionDays: 30 });
    expect(toHub(seen).spec).toEqual(monthly.spec);
    const edited = toHub({ ...seen, spec: { ...seen.spec, retentionDays: 31 } } as never) as typeof monthly;
    expect(edited).toEqual({ metadata: {}, spec: { ...monthly.spec, backupRetention: '31d' } });
  });

  it('stashes what nobody else can read as something it is not', () => {
    const forged = stash({ metadata: {} }, conversionDataAnnotation, { replicas: 15, foo: 1 });
    expect(toHub({ ...forged, spec: { replicas: 1 } }).spec).toEqual({ replicas: 1 });
  });

  it('never refuses, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyAnnotation, (spec, annotation) => {
        const object = { metadata: { annotations: { [conversionDataAnnotation]: annotation } }, spec };
        toHub(object);
        toHub(fromHub(object));
      }),
      runs,
    );
  });
});
