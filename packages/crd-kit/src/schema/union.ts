import { isDeepStrictEqual } from 'node:util';
import { celField } from './cel-field.ts';
import { InexpressibleSchemaError } from './inexpressible.ts';
import { type JsonSchema } from './json-schema.ts';
import { type ValidationRule } from './structural-schema.ts';

const isOnly = (schema: JsonSchema, type: string): boolean => schema.type === type;

/** An integer or a string, such as a port by number or name: the one union of scalars that Kubernetes has. */
export function intOrString(
  options: readonly JsonSchema[],
): { int: JsonSchema; string: JsonSchema } | undefined {
  const int = options.find((option) => isOnly(option, 'integer'));
  const string = options.find((option) => isOnly(option, 'string'));
  return options.length === 2 && int && string ? { int, string } : undefined;
}

/**
 * Members of a union told apart by one field become one object: that field is an enum, the fields of the members are
 * optional, and rules say which belong to which.
 */
export function mergedMembers(
  members: readonly JsonSchema[],
  path: string,
): { schema: JsonSchema; rules: ValidationRule[] } {
  const discriminator = discriminatorOf(members);
  if (discriminator === undefined) {
    throw new InexpressibleSchemaError(
      path,
      'a union has no structural form',
      'use z.discriminatedUnion, or optional members and a rule that exactly one is set',
    );
  }
  const tagOf = (member: JsonSchema): string => String(member.properties?.[discriminator]?.enum?.[0]);
  const properties: Record<string, JsonSchema> = {
    [discriminator]: {
      ...members[0]?.properties?.[discriminator],
      enum: members.map(tagOf),
    },
  };
  for (const member of members) {
    for (const [name, property] of Object.entries(member.properties ?? {})) {
      if (name === discriminator) continue;
      const there = properties[name];
      if (there && !isDeepStrictEqual(there, property)) {
        throw new InexpressibleSchemaError(
          `${path}.${name}`,
          'members of the union say different things of one field',
          'give the fields different names',
        );
      }
      properties[name] = property;
    }
  }
  const needs = (member: JsonSchema, name: string): boolean => member.required?.includes(name) ?? false;
  const names = Object.keys(properties);
  const required = names.filter((name) => members.every((member) => needs(member, name)));
  const self = `self.${celField(discriminator)}`;
  const rules = names
    .filter((name) => name !== discriminator)
    .flatMap((name): ValidationRule[] => {
      const having = members.filter((member) => member.properties?.[name]).map(tagOf);
      const needing = members.filter((member) => needs(member, name)).map(tagOf);
      const quoted = (tags: string[]): string => `[${tags.map((tag) => `'${tag}'`).join(', ')}]`;
      const inWords = (tags: string[]): string => tags.map((tag) => `\`${tag}\``).join(' or ');
      const has = `has(self.${celField(name)})`;
      return [
        ...(having.length === members.length
          ? []
          : [
              {
                rule: `!${has} || ${self} in ${quoted(having)}`,
                message: `\`${name}\` must be set with ${discriminator} ${inWords(having)} only`,
                fieldPath: `.${name}`,
              },
            ]),
        ...(required.includes(name) || needing.length === 0
          ? []
          : [
              {
                rule: `${has} || !(${self} in ${quoted(needing)})`,
                message: `\`${name}\` must be set with ${discriminator} ${inWords(needing)}`,
              },
            ]),
      ];
    });
  return { schema: { type: 'object', properties, required }, rules };
}

function discriminatorOf(members: readonly JsonSchema[]): string | undefined {
  return Object.keys(members[0]?.properties ?? {}).find((name) => {
    const tags = members.map((member) => {
      const property = member.properties?.[name];
      return property?.type === 'string' && property.enum?.length === 1 && member.required?.includes(name)
        ? property.enum[0]
        : undefined;
    });
    return tags.every((tag) => tag !== undefined) && new Set(tags).size === members.length;
  });
}
