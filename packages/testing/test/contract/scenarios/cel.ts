import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';
import { installKind, served, type Custom } from './install-kind.ts';

const { customResourceDefinitions } = resources;
const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const rules = (...list: object[]): object => ({ 'x-kubernetes-validations': list });
const text = { type: 'string', maxLength: 64 };
const integer = { type: 'integer' };

/** One field for each expression, of which `self` is the value: a short way to try many. */
const tried: Readonly<Record<string, { schema: object; rule: string; good: unknown; bad: unknown }>> = {
  quantity: {
    schema: text,
    rule: "quantity(self).isGreaterThan(quantity('1Gi'))",
    good: '2Gi',
    bad: '100Mi',
  },
  isQuantity: { schema: text, rule: 'isQuantity(self)', good: '1.5k', bad: '1 G' },
  quantitySum: {
    schema: text,
    rule: "quantity(self).add(quantity('1')).compareTo(quantity('3')) == 0",
    good: '2000m',
    bad: '3',
  },
  url: {
    schema: text,
    rule: "isURL(self) && url(self).getScheme() == 'https'",
    good: 'https://a.b/c?d=e',
    bad: 'http://a.b',
  },
  host: {
    schema: text,
    rule: "url(self).getHost() == 'a.b:8080' && url(self).getPort() == '8080' && url(self).getHostname() == 'a.b'",
    good: 'https://a.b:8080/',
    bad: 'https://a.b/',
  },
  ip: { schema: text, rule: 'isIP(self) && ip(self).family() == 4', good: '10.0.0.1', bad: '::1' },
  cidr: {
    schema: text,
    rule: "isCIDR(self) && cidr(self).containsIP('10.1.2.3')",
    good: '10.0.0.0/8',
    bad: '11.0.0.0/8',
  },
  matches: { schema: text, rule: "self.matches('^[a-z]+-[0-9]+$')", good: 'a-1', bad: 'a-b' },
  find: { schema: text, rule: "self.find('[0-9]+') == '12'", good: 'a12b', bad: 'ab' },
  findAll: {
    schema: text,
    rule: "self.findAll('[0-9]+').size() == 2 && self.findAll('[0-9]', 1).size() == 1",
    good: '1a2',
    bad: '1',
  },
  split: {
    schema: text,
    rule: "self.split(',').size() == 2 && self.split(',', 1).size() == 1",
    good: 'a,b',
    bad: 'a',
  },
  strings: {
    schema: text,
    rule: "self.lowerAscii() == 'ab' && self.upperAscii() == 'AB' && self.trim() == self && self.replace('a', 'x') != self && self.substring(1) == self.substring(1, 2) && self.indexOf('b') == 1 && self.charAt(0) == 'a'",
    good: 'ab',
    bad: ' ab',
  },
  format: { schema: text, rule: '!format.dns1123Label().validate(self).hasValue()', good: 'abc', bad: 'A_b' },
  named: {
    schema: text,
    rule: "!format.named('dns1123Subdomain').value().validate(self).hasValue()",
    good: 'a.b',
    bad: 'a..b',
  },
  joined: {
    schema: { type: 'array', maxItems: 9, items: text },
    rule: "self.join('-') == 'a-b' && self.join() == 'ab'",
    good: ['a', 'b'],
    bad: ['b'],
  },
  sorted: {
    schema: { type: 'array', maxItems: 9, items: integer },
    rule: 'self.isSorted() && self.sum() < 10 && self.min() == 1 && self.max() == 3 && self.indexOf(3) == 2 && self.lastIndexOf(1) == 0',
    good: [1, 2, 3],
    bad: [3, 1],
  },
  unique: {
    schema: { type: 'array', maxItems: 9, items: text },
    rule: 'self.all(x, self.exists_one(y, x == y))',
    good: ['a', 'b'],
    bad: ['a', 'a'],
  },
  macros: {
    schema: { type: 'array', maxItems: 9, items: integer },
    rule: 'self.filter(x, x > 1).map(x, x * 2) == [4, 6] && self.exists(x, x == 3)',
    good: [1, 2, 3],
    bad: [2],
  },
  sets: {
    schema: { type: 'array', maxItems: 9, items: text },
    rule: "sets.contains(self, ['a']) && sets.intersects(self, ['b']) && sets.equivalent(self, ['b', 'a'])",
    good: ['a', 'b'],
    bad: ['a'],
  },
  map: {
    schema: { type: 'object', maxProperties: 9, additionalProperties: text },
    rule: "self.all(k, k.startsWith('a')) && ('ab' in self) && self['ab'] == '1' && self.size() == 1",
    good: { ab: '1' },
    bad: { b: '1' },
  },
  span: {
    schema: { type: 'string', format: 'duration' },
    rule: "self > duration('5m') && self.getMinutes() == 60",
    good: '1h',
    bad: '10s',
  },
  parsed: { schema: text, rule: "duration(self) <= duration('24h')", good: '90m', bad: '25h' },
  moment: {
    schema: { type: 'string', format: 'date-time' },
    rule: "self > timestamp('2020-01-01T00:00:00Z') && self.getFullYear() == 2030",
    good: '2030-01-01T00:00:00Z',
    bad: '2010-01-01T00:00:00Z',
  },
  port: {
    schema: { 'x-kubernetes-int-or-string': true },
    rule: "type(self) == int ? self > 1000 : self.endsWith('%')",
    good: 8080,
    bad: '5',
  },
  number: {
    schema: { type: 'number' },
    rule: 'self > 1.5 && double(self) < 10.0 && int(self) == 2',
    good: 2.5,
    bad: 1,
  },
  integer: { schema: integer, rule: 'self % 2 == 0 && self / 2 == 2', good: 4, bad: 5 },
  maybe: {
    schema: { type: 'string', nullable: true, maxLength: 9 },
    rule: "self == 'x'",
    good: null,
    bad: 'y',
  },
  enumerated: { schema: { type: 'string', enum: ['a', 'b'] }, rule: "self in ['a']", good: 'a', bad: 'b' },
  divided: { schema: integer, rule: '10 / self > 1', good: 2, bad: 0 },
  out: {
    schema: { type: 'array', maxItems: 9, items: integer },
    rule: 'self[1] > 0',
    good: [0, 1],
    bad: [0],
  },
  version: {
    schema: text,
    rule: "isSemver(self) && semver(self).isGreaterThan(semver('1.2.0')) && semver(self).major() == 1",
    good: '1.10.0',
    bad: '1.1.9',
  },
};

/** Rules in CEL: of the spec, of fields, of transitions; what they say when they fail. */
export const cel: readonly Scenario[] = [
  {
    name: 'rules of an object and their messages',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const spec = object(
        {
          min: integer,
          max: integer,
          replicas: integer,
          name: text,
          note: text,
          namespace: text,
          'a-b': text,
        },
        rules(
          { rule: 'self.min <= self.max', message: 'min may not exceed max' },
          { rule: 'self.min <= self.replicas' },
          {
            rule: 'self.replicas <= self.max',
            messageExpression: "'replicas of ' + self.name + ' over max'",
            reason: 'FieldValueForbidden',
            fieldPath: '.replicas',
          },
          {
            rule: "!has(self.note) || self.note != ''",
            reason: 'FieldValueRequired',
            message: 'say something',
          },
          { rule: "!has(self.__namespace__) || self.__namespace__ == 'x'", message: 'escaped' },
          {
            rule: "!has(self.a__dash__b) || self.a__dash__b == 'x'",
            message: 'dash',
            reason: 'FieldValueDuplicate',
          },
          { rule: 'self.min\n  < 100', message: 'several lines' },
          { rule: "self.name != 'oops'", message: 'first', messageExpression: "self.note + '!'" },
        ),
      );
      const gadgets = await quietly(() => installKind(world, 'Gadget', spec));
      const make = (name: string, more: object): Promise<unknown> =>
        attempt(
          client.create(gadgets, {
            metadata: { namespace, name },
            spec: { min: 1, max: 5, replicas: 3, name: 'n', ...more },
          }),
        );
      await make('good', {});
      await make('min', { min: 6 });
      await make('rep', { replicas: 9 });
      await make('low', { replicas: 0 });
      await make('note', { note: '' });
      await make('ns', { namespace: 'y' });
      await make('dash', { 'a-b': 'y' });
      await make('lines', { min: 100, max: 200, replicas: 150 });
      await make('expr', { name: 'oops', note: 'hm' });
      await make('expr2', { name: 'oops' });
      await make('both', { min: 'x' });
      await make('missing', { min: undefined });
      await attempt(client.create(gadgets, { metadata: { namespace, name: 'none' } }));
      await attempt(client.mergePatch(gadgets, { namespace, name: 'good' }, { spec: { replicas: 7 } }));
      await attempt(
        client.mergePatch(
          gadgets,
          { namespace, name: 'good' },
          { status: { x: 1 } },
          { subresource: 'status' },
        ),
      );
    },
  },
  {
    name: 'transitions',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const spec = object(
        {
          name: { ...text, ...rules({ rule: 'self == oldSelf', message: 'name is immutable' }) },
          size: {
            ...integer,
            ...rules({
              rule: '!oldSelf.hasValue() || self >= oldSelf.value()',
              optionalOldSelf: true,
              message: 'only grows',
            }),
          },
          claim: text,
          items: {
            type: 'array',
            maxItems: 5,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: object(
              { name: text, weight: integer },
              {
                required: ['name'],
                ...rules({ rule: 'self.weight >= oldSelf.weight', message: 'weight shrinks' }),
              },
            ),
          },
          plain: { type: 'array', maxItems: 5, items: { ...text, ...rules({ rule: "self != 'bad'" }) } },
          map: {
            type: 'object',
            maxProperties: 5,
            additionalProperties: { ...text, ...rules({ rule: 'self == oldSelf', message: 'fixed' }) },
          },
        },
        rules({
          rule: '!has(oldSelf.claim) || has(self.claim)',
          message: 'claim may not go',
          fieldPath: '.claim',
        }),
      );
      const gadgets = await quietly(() => installKind(world, 'Gadget', spec));
      const key = { namespace, name: 'g' };
      await client.create(gadgets, {
        metadata: key,
        spec: {
          name: 'a',
          size: 2,
          claim: 'c',
          items: [{ name: 'x', weight: 2 }],
          plain: ['a'],
          map: { k: 'v' },
        },
      });
      const patch = (change: object): Promise<unknown> =>
        attempt(client.mergePatch(gadgets, key, { spec: change }));
      await patch({ name: 'b' });
      await patch({ name: null });
      await patch({ name: 'c' });
      await patch({ size: 1 });
      await patch({ size: 3 });
      await patch({ claim: null });
      await patch({
        items: [
          { name: 'y', weight: 1 },
          { name: 'x', weight: 1 },
        ],
      });
      await patch({ plain: ['a', 'bad'] });
      await patch({ map: { k: 'w', n: 'new' } });
      await patch({ map: { n: 'new' } });
      await attempt(client.apply(gadgets, { metadata: key, spec: { size: 1 } }, { force: true }));
    },
  },
  {
    name: 'what was wrong before may stay',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const spec = (more: object, field: object) =>
        object(
          { a: { ...text, ...field }, b: text, c: { type: 'array', items: { ...text, ...field } } },
          more,
        );
      const gadgets = await quietly(() => installKind(world, 'Gadget', spec({}, {})));
      const key = { namespace, name: 'g' };
      await client.create(gadgets, { metadata: key, spec: { a: 'WRONG', b: 'x', c: ['WRONG'] } });
      await quietly(async () => {
        const name = `gadgets.${namespace}.example.com`;
        const field = { pattern: '^[a-z]+$', ...rules({ rule: "self != 'WRONG'", message: 'is wrong' }) };
        await client.jsonPatch(customResourceDefinitions, { name }, [
          {
            op: 'replace',
            path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec',
            value: spec(rules({ rule: "self.b != 'y'", message: 'b is y' }), field),
          },
        ]);
        await world.settle(1500);
        await served(() => client.list(gadgets, { namespace }), world.settle);
      });
      await attempt(client.mergePatch(gadgets, key, { spec: { b: 'z' } }));
      await attempt(client.mergePatch(gadgets, key, { spec: { a: 'OTHER' } }));
      await attempt(client.mergePatch(gadgets, key, { spec: { b: 'y' } }));
      await attempt(client.mergePatch(gadgets, key, { spec: { c: ['WRONG', 'fine'] } }));
      await attempt(client.create(gadgets, { metadata: { namespace, name: 'n' }, spec: { a: 'WRONG' } }));
    },
  },
  {
    name: 'rules of the root, and beside other problems',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const spec = object(
        { a: { ...integer, minimum: 1 }, b: text },
        { required: ['b'], ...rules({ rule: 'self.a < 10', message: 'a is large' }) },
      );
      const gadgets = await quietly(() => installKind(world, 'Gadget', spec));
      const make = (name: string, body: Record<string, unknown>): Promise<unknown> =>
        attempt(client.create(gadgets, { metadata: { namespace, name }, spec: body }));
      await make('a', { a: 0, b: 'x' });
      await make('b', { a: 20 });
      await make('c', { a: 20, b: 'x' });
      await make('d', { a: 20, b: 1 });
      await make('e', { b: 'x' });
    },
  },
  {
    name: 'functions and types',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const spec = object(
        Object.fromEntries(
          Object.entries(tried).map(([name, { schema, rule }]) => [
            name,
            { ...schema, ...rules({ rule, message: `not ${name}` }) },
          ]),
        ),
      );
      const gadgets = await quietly(() => installKind(world, 'Gadget', spec));
      const values = (which: 'good' | 'bad') =>
        Object.fromEntries(Object.entries(tried).map(([name, each]) => [name, each[which]]));
      const good: Custom = { metadata: { namespace, name: 'good' }, spec: values('good') };
      await attempt(client.create(gadgets, good));
      for (const [name, { bad }] of Object.entries(tried)) {
        await attempt(
          client.create(gadgets, {
            metadata: { namespace, name: `bad-${name.toLowerCase()}` },
            spec: { [name]: bad },
          }),
        );
      }
    },
  },
];
