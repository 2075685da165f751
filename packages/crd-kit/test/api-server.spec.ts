import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import * as z from 'zod';
import { conditionFields, customResourceDefinition, lintKind, rules, type Kind } from '../src/index.ts';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('What crd-kit makes of a schema');
// Each call starts a kubectl, which takes its time on a busy machine.
jest.setTimeout(60_000);

const kind = (name: string, spec: z.ZodType): Kind => ({
  group: 'kit.example.com',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  singular: name.toLowerCase(),
  shortNames: [],
  categories: ['kit'],
  versions: [
    { name: 'v1', served: true, storage: true, spec, status: z.object(conditionFields), columns: [] },
  ],
});

const text = (most: number) => z.string().max(most).describe('A text.');
const everything = kind(
  'Everything',
  z.object({
    port: z
      .union([z.int().min(1).max(65535), text(15).regex(/^[a-z]+$/)])
      .optional()
      .describe('By number or name.'),
    target: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('Time'), time: text(9) }),
        z.object({ type: z.literal('Log'), namespace: text(9), 'log-name': text(9).optional() }),
      ])
      .optional(),
    hosts: z
      .array(text(9))
      .max(3)
      .optional()
      .meta({ kubernetes: { listType: 'set' } }),
    volumes: z
      .array(z.object({ name: text(9), size: z.int().min(1).max(9).default(2) }))
      .max(3)
      .optional()
      .meta({ kubernetes: { listMapKeys: ['name'] } }),
    gone: text(9)
      .nullable()
      .optional()
      .meta({ kubernetes: { nullable: true } }),
    tags: z
      .record(z.string(), text(3))
      .optional()
      .meta({ kubernetes: { maxProperties: 2 } }),
    id: z.uuid().optional(),
    at: z.iso.datetime().optional(),
    address: z.ipv4().optional(),
    step: z.int().min(0).max(100).multipleOf(5).optional(),
    big: z
      .int()
      .min(0)
      .max(2 ** 50)
      .optional(),
    mode: z.enum(['Fast', 'Safe']).default('Safe'),
  }),
);

/** What is created, and what is refused with which words; undefined when it is taken. */
const cases: [what: string, spec: object, refusal?: string][] = [
  ['nothing', {}],
  ['a port by number', { port: 80 }],
  ['a port by name', { port: 'http' }],
  ['a port beyond its bound', { port: 65536 }, 'spec.port'],
  ['a port with a wrong name', { port: 'HTTP' }, 'spec.port'],
  ['a port that is neither', { port: true }, 'spec.port'],
  ['a member of a union', { target: { type: 'Time', time: 'now' } }],
  ['another member', { target: { type: 'Log', namespace: 'a', 'log-name': 'b' } }],
  ['a member without what it needs', { target: { type: 'Time' } }, '`time` must be set with type `Time`'],
  [
    'a member with what is not its own',
    { target: { type: 'Time', time: 'now', namespace: 'a' } },
    '`namespace` must be set with type `Log` only',
  ],
  ['no such member', { target: { type: 'Other' } }, 'Unsupported value'],
  ['a set', { hosts: ['a', 'b'] }],
  ['a set with one twice', { hosts: ['a', 'a'] }, 'Duplicate value'],
  ['a list with one key twice', { volumes: [{ name: 'a' }, { name: 'a', size: 3 }] }, 'Duplicate value'],
  ['null that is meant', { gone: null }],
  ['two entries', { tags: { a: 'x', b: 'y' } }],
  ['three entries', { tags: { a: 'x', b: 'y', c: 'z' } }, 'spec.tags'],
  ['an id', { id: '6f1c8f0e-7b0a-4a51-9c0e-0d1e2f3a4b5c' }],
  ['no id', { id: 'x' }, 'spec.id'],
  ['a moment', { at: '2030-01-01T00:00:00Z' }],
  ['no moment', { at: 'yesterday' }, 'spec.at'],
  ['an address', { address: '10.0.0.1' }],
  ['no address', { address: '10.0.0.256' }, 'spec.address'],
  ['a multiple', { step: 15 }],
  ['no multiple', { step: 16 }, 'spec.step'],
  ['64 bits', { big: 2 ** 50 }],
  ['too many bits', { big: 2 ** 51 }, 'spec.big'],
];

const costly = (most: number, characters: number) =>
  kind(
    'Costly',
    z.object({
      others: z
        .array(text(characters))
        .max(most)
        .describe('Texts.')
        .meta(rules({ rule: 'self.all(a, self.exists_one(b, a == b))', message: 'must be unique' })),
    }),
  );

(isPossible ? describe : describe.skip)('the API server', () => {
  let plane: Plane;
  beforeAll(async () => {
    plane = await startPlane();
  }, firstStartTimeoutMs);
  afterAll(() => plane?.stop());
  const create = (objects: readonly object[]): Promise<string> =>
    plane.kubectl(['create', '--validate=false', '--dry-run=server', '--filename=-'], objects);

  it('takes and refuses what the schema says, and zod says the same', async () => {
    await plane.serve(everything);
    const objects = cases.map(([, spec], index) => ({
      apiVersion: 'kit.example.com/v1',
      kind: 'Everything',
      metadata: { name: `case-${index}`, namespace: 'default' },
      spec,
    }));
    const said = await create(objects);
    const schema = everything.versions[0]!.spec;
    for (const [index, [what, spec, refusal]] of cases.entries()) {
      const line = said.split('\n').find((one) => one.includes(`"case-${index}" is invalid`)) ?? 'accepted';
      const rest = said.slice(said.indexOf(`"case-${index}" is invalid`)).split('" is invalid', 2)[1] ?? '';
      expect([what, line === 'accepted' ? line : rest]).toEqual([
        what,
        refusal === undefined ? 'accepted' : expect.stringContaining(refusal),
      ]);
      // Uniqueness and entries are the API server's alone; fields of another member zod drops, as of any object.
      const isServersOwn = /Duplicate|tags|only/.test(refusal ?? '');
      if (!isServersOwn)
        expect([what, schema.safeParse(spec).success]).toEqual([what, refusal === undefined]);
    }
  });

  it.each([
    [3, 9, 'taken'],
    [60, 60, 'taken'],
    [2_000, 2_000, 'refused'],
    [100_000, 9, 'refused'],
  ])(
    '%s texts of %s characters, compared with each other: %s, as the linter says',
    async (most, characters, outcome) => {
      const bad = costly(most, characters);
      const byLinter = lintKind(bad).some(({ rule }) => rule === 'rule-is-affordable');
      const said = await create([customResourceDefinition(bad)]);
      expect({
        linter: byLinter ? 'refused' : 'taken',
        server: said.includes('cost exceeds budget') ? 'refused' : 'taken',
      }).toEqual({
        linter: outcome,
        server: outcome,
      });
    },
  );
});
