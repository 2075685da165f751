import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readmeTable } from './readme-table.ts';
import { valueFields, type ValueField } from './value-fields.ts';
import { valuesSchema } from './values.ts';
import { valuesYaml } from './values-yaml.ts';

const leaves = (fields: readonly ValueField[]): ValueField[] =>
  fields.flatMap((field) => (field.fields.length > 0 ? leaves(field.fields) : [field]));

describe('the values', () => {
  it('are the same in values.yaml and in the schema', () => {
    expect(parse(valuesYaml(valuesSchema))).toEqual(valuesSchema.parse({}));
  });

  it('are all described', () => {
    for (const { path, description } of leaves(valueFields(valuesSchema))) {
      expect({ path, isDescribed: description.endsWith('.') }).toEqual({ path, isDescribed: true });
    }
  });

  it('are all in the table', () => {
    for (const { path } of leaves(valueFields(valuesSchema))) {
      expect(readmeTable(valuesSchema)).toContain(`| \`${path}\` |`);
    }
  });
});
