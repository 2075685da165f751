import { type z } from 'zod';
import { valueFields, type ValueField } from './value-fields.ts';

/** A Markdown table of all values. */
export function readmeTable(schema: z.ZodObject): string {
  return [
    '| Value | Default | What it does |',
    '| --- | --- | --- |',
    ...leaves(valueFields(schema)).map(
      ({ path, default: value, description }) =>
        `| \`${path}\` | \`${escaped(JSON.stringify(value))}\` | ${escaped(description)} |`,
    ),
  ].join('\n');
}

const leaves = (fields: readonly ValueField[]): ValueField[] =>
  fields.flatMap((field) => (field.fields.length > 0 ? leaves(field.fields) : [field]));

const escaped = (text: string): string => text.replaceAll('|', '\\|');
