import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { names, type PostgresClusterSpec } from '@stateful/postgres-api';
import { admissionCases, goodSpec, versions, type AdmissionCase } from '../../test/admission-cases.ts';
import { decodeSpec, judge, needsLive, problemText } from './judge.ts';
import { type Change, type LiveFacts, type Rule } from './rule.ts';
import { clusterRules } from './rules.ts';

function spec(change: object): PostgresClusterSpec {
  const decoded = decodeSpec({ ...goodSpec, ...change });
  if (!decoded.spec) throw new Error(decoded.problems.map(problemText).join());
  return decoded.spec;
}

const change = (of: object, rest: Partial<Change> = {}): Change => ({
  name: 'pg',
  spec: spec(of),
  before: undefined,
  hasData: false,
  versions,
  ...rest,
});

function factsOf(
  name: string,
  { version, volumeSize, replicas, notReady = [] }: AdmissionCase['live'] = {},
): LiveFacts {
  const ordinals = Array.from({ length: replicas ?? 0 }, (_, ordinal) => ordinal);
  return {
    kind: 'known',
    live: {
      version,
      volumeSize,
      replicas,
      instances: new Map(
        ordinals.map((ordinal) => [names.instance(name, ordinal), { isReady: !notReady.includes(ordinal) }]),
      ),
    },
  };
}

const unreadable: LiveFacts = { kind: 'unknown', why: 'the API server did not answer' };
const judged = (one: Change, facts: LiveFacts, withoutFacts: string | undefined = 'try again') =>
  judge({ rules: clusterRules, change: one, facts, withoutFacts });

describe('the rules of admission', () => {
  it('are each shown by a case, and their names are unique', () => {
    expect([...new Set(admissionCases.map(({ rule }) => rule))].sort()).toEqual(
      clusterRules.map(({ name }) => name).sort(),
    );
  });

  it.each(admissionCases.map((one) => [`${one.rule}${one.what ? ` (${one.what})` : ''}`, one] as const))(
    '%s',
    (_, one) => {
      const rest = (name = 'pg') => ({
        name,
        hasData: one.hasData ?? false,
        before: one.before && spec(one.before),
        saidIn: one.saidIn,
      });
      const facts = (name = 'pg') => factsOf(name, one.live);
      expect(judged(change(one.accepted, rest(one.acceptedName)), facts(one.acceptedName))).toEqual([]);
      const problems = judged(change(one.refused, rest(one.refusedName)), facts(one.refusedName));
      expect(problems.map(({ rule }) => rule)).toEqual([one.rule]);
      expect(problems[0]?.field.startsWith(one.field)).toBe(true);
      expect(problems[0]?.message).toContain(one.quotes);
    },
  );

  it('judge several changes of one update together, and tell them all', () => {
    const problems = judged(
      change(
        {
          replicas: 2,
          version: '18.1.0',
          storage: { size: '1Gi' },
          parameters: { port: '1', work_mem: '1MB' },
        },
        { before: spec({ replicas: 5 }), hasData: true },
      ),
      factsOf('pg', { version: '17.12.0', volumeSize: '10Gi', replicas: 5, notReady: [0, 1] }),
    );
    expect(problems.map(({ field }) => field)).toEqual([
      'spec.version',
      'spec.storage.size',
      'spec.replicas',
      'spec.parameters.port',
    ]);
  });

  it('leave alone what an update does not touch', () => {
    const old = spec({ version: '99.1.0', parameters: { port: '1' } });
    const facts = factsOf('pg', { version: '17.12.0', volumeSize: '20Gi', replicas: 3, notReady: [0, 1, 2] });
    const grown = { ...old, replicas: 4 };
    expect(judged(change({}, { spec: grown, before: old, hasData: true }), facts)).toEqual([]);
    // Negative control: without an object from before all of it counts.
    expect(judged(change({}, { spec: grown, hasData: true }), facts).map(({ rule }) => rule)).toEqual([
      'version-has-image',
      'version-path',
      'storage-never-shrinks',
      'parameter-not-managed',
    ]);
  });
});

describe('facts that cannot be had', () => {
  const smaller = change({ storage: { size: '1Gi' } }, { before: spec({}) });

  it('refuse what they are needed for, and say how to go on', () => {
    expect(judged(smaller, unreadable)).toEqual([
      {
        rule: 'storage-never-shrinks',
        field: 'spec.storage.size',
        message: 'cannot be checked, because the API server did not answer: try again',
      },
    ]);
  });

  it('refuse nothing else', () => {
    const other = change({ backupSchedule: '01:00' }, { before: spec({}) });
    expect(needsLive(clusterRules, other)).toBe(false);
    expect(judged(other, unreadable)).toEqual([]);
    expect(needsLive(clusterRules, smaller)).toBe(true);
  });

  it('are done without when the object says so, which overrides no check that can be made', () => {
    const withoutFacts = undefined;
    const given = { rules: clusterRules, change: smaller, withoutFacts };
    expect(judge({ ...given, facts: unreadable })).toEqual([]);
    expect(judge({ ...given, facts: factsOf('pg', { volumeSize: '10Gi' }) })).toHaveLength(1);
  });
});

describe('a rule', () => {
  it('is judged again when a field changes that it also looks at', () => {
    const rules: Rule[] = [
      {
        name: 'r',
        field: 'spec.synchronous',
        alsoFields: ['spec.replicas'],
        check: () => [{ message: 'm' }],
      },
    ];
    const case_ = (before: object) =>
      judge({ rules, change: change({}, { before: spec(before) }), facts: unreadable, withoutFacts: 'x' });
    expect(case_({ replicas: 5 })).toHaveLength(1);
    expect(case_({ storage: { size: '1Gi' } })).toHaveLength(0);
  });
});

describe('decodeSpec', () => {
  it('fills in defaults', () => {
    expect(decodeSpec({ replicas: 3, version: '17.12.0' }).spec).toMatchObject({ storage: { size: '1Gi' } });
  });

  it('names the field and quotes the value', () => {
    expect(decodeSpec({ ...goodSpec, replicas: 1.5 }).problems).toEqual([
      { rule: 'schema', field: 'spec.replicas', message: expect.stringMatching(/, not 1\.5$/) as unknown },
    ]);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const { spec: decoded, problems } = decodeSpec(input);
        expect(problems.length > 0 || decoded !== undefined).toBe(true);
      }),
    );
  });
});
