import fc from 'fast-check';
import { type StructuralSchema } from '../src/index.ts';

/** Values near the edges of a schema: most are as it says, some just beyond. Rules and patterns are not looked at. */
export function anyValue(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema['x-kubernetes-int-or-string'])
    return fc.oneof(
      anyValue({ ...bare(schema), type: 'integer' }),
      anyValue({ ...bare(schema), type: 'string' }),
    );
  if (schema.enum) return rarely(fc.constantFrom(...schema.enum), fc.constant('Other'));
  switch (schema.type) {
    case 'object':
      return anyObject(schema);
    case 'array': {
      const item = anyValue(schema.items ?? {});
      const { minItems = 0, maxItems = 3 } = schema;
      return rarely(
        fc.array(item, { minLength: minItems, maxLength: maxItems }),
        fc.constantFrom(
          [],
          Array.from({ length: maxItems + 1 }, () => 'x'),
        ),
      );
    }
    case 'string':
      return anyString(schema);
    case 'integer': {
      const { minimum = 0, maximum = 9, multipleOf: step = 1 } = schema;
      return rarely(
        fc.integer({ min: Math.ceil(minimum / step), max: Math.floor(maximum / step) }).map((n) => n * step),
        fc.constantFrom(minimum - 1, maximum + 1, minimum + 1, '1', 1.5),
      );
    }
    case 'boolean':
      return rarely(fc.boolean(), fc.constant('true'));
    default:
      return fc.constant({});
  }
}

const bare = ({ 'x-kubernetes-int-or-string': _marker, ...rest }: StructuralSchema): StructuralSchema => rest;
const rarely = (most: fc.Arbitrary<unknown>, few: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: most, weight: 15 }, { arbitrary: few, weight: 1 });

function anyString(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema.format === 'date-time')
    return rarely(
      fc.constantFrom('2030-01-01T00:00:00Z', '2030-01-01T00:00:00.5Z'),
      fc.constantFrom('2030-13-01T00:00:00Z', '2030-01-01', 'now'),
    );
  const { minLength = 0, maxLength = 8, pattern } = schema;
  // One JavaScript unit a character: the API server counts characters.
  const plain = (least: number, most: number) =>
    fc.string({
      unit: fc.constantFrom(...'abcXYZ019-_./: é'),
      minLength: Math.max(0, least),
      maxLength: most,
    });
  const good =
    pattern === undefined
      ? plain(minLength, maxLength)
      : fc.stringMatching(new RegExp(pattern), { maxLength });
  return rarely(good, fc.oneof(plain(minLength - 1, maxLength + 1), plain(maxLength + 1, maxLength + 1)));
}

function anyObject({
  properties = {},
  required = [],
  additionalProperties,
}: StructuralSchema): fc.Arbitrary<unknown> {
  if (additionalProperties)
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), anyValue(additionalProperties), { maxKeys: 3 });
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, anyValue(field)]),
  );
  return fc.record(fields, { requiredKeys: required }).chain((object) =>
    rarely(
      fc.constant(object),
      fc
        .constantFrom('', ...required)
        .map((gone) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== gone))),
    ),
  );
}
