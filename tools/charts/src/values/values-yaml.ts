import { stringify } from 'yaml';
import { type z } from 'zod';
import { valueFields, type ValueField } from './value-fields.ts';

/** values.yaml: every value with its default, under a comment that says what it does. */
export const valuesYaml = (schema: z.ZodObject): string => `${block(valueFields(schema), '').join('\n')}\n`;

function block(fields: readonly ValueField[], indent: string): string[] {
  return fields.flatMap((field) => [
    ...comment(field.description, indent),
    ...(field.fields.length > 0
      ? [`${indent}${field.name}:`, ...block(field.fields, `${indent}  `)]
      : assignment(field, indent)),
    ...(indent === '' ? [''] : []),
  ]);
}

function assignment({ name, default: value }: ValueField, indent: string): string[] {
  return stringify({ [name]: value }, { version: '1.1', lineWidth: 0, singleQuote: true })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`);
}

/** Wrapped at a width that reads well. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}
