import { type StructuralSchema } from '@stateful/crd-kit';

/** The type of a field in words: `list of strings`, `integer (int64)`, `map of strings`. */
export function typeText(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'any JSON';
  if (schema.items) {
    const kind = schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'list';
    return `${kind} of ${plural(schema.items)}`;
  }
  if (schema.additionalProperties) return `map of ${plural(schema.additionalProperties)}`;
  if (schema.enum) return 'string';
  if (schema.format === 'date-time') return 'time';
  return schema.format === 'int64' ? 'integer (int64)' : (schema.type ?? 'any');
}

function plural(schema: StructuralSchema): string {
  const text = typeText(schema);
  return /^(list|set|map)/.test(text) ? text : text === 'time' ? 'times' : `${text}s`;
}

/** What a value must be, beside its type; empty when anything goes. */
export function limitsText(schema: StructuralSchema): string {
  const items = schema.items ? limitsText(schema.items) : '';
  const keys = schema['x-kubernetes-list-map-keys'];
  return [
    schema.enum ? `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}` : '',
    range(schema.minimum, schema.maximum, ''),
    schema.multipleOf === undefined ? '' : `a multiple of ${schema.multipleOf}`,
    schema.enum ? '' : range(schema.minLength, schema.maxLength, ' characters'),
    schema.pattern === undefined ? '' : `pattern \`${schema.pattern}\``,
    schema.format !== undefined && !/^(int|date-time)/.test(schema.format) ? `format ${schema.format}` : '',
    range(schema.minItems, schema.maxItems, ' items'),
    range(schema.minProperties, schema.maxProperties, ' entries'),
    keys ? `unique by ${keys.map((key) => `\`${key}\``).join(', ')}` : '',
    schema.nullable ? 'may be null' : '',
    items === '' ? '' : `each: ${items}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return '';
  if (least === undefined) return `at most ${String(most)}${unit}`;
  if (most === undefined) return `at least ${least}${unit}`;
  return least === most ? `exactly ${most}${unit}` : `${least} to ${most}${unit}`;
}
