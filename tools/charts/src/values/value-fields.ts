import { type z } from 'zod';

/** One value that can be set. */
export interface ValueField {
  /** Such as `image.tag`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly default: unknown;
  /** Fields of a group; the group itself has no default and no description of its own. */
  readonly fields: readonly ValueField[];
}

/** The fields of a schema in their order. Groups are objects of known fields under `prefault({})`. */
export function valueFields(schema: z.ZodObject, prefix = ''): ValueField[] {
  const defaults = schema.parse({});
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const path = `${prefix}${name}`;
    const group = groupOf(field);
    return {
      path,
      name,
      description: field.description ?? '',
      default: defaults[name],
      fields: group ? valueFields(group, `${path}.`) : [],
    };
  });
}

function groupOf(field: z.ZodType): z.ZodObject | undefined {
  const def = field._zod.def as unknown as { type: string; innerType?: z.ZodType };
  if (def.type !== 'prefault') return undefined;
  const inner = def.innerType?._zod.def as unknown as { type: string } | undefined;
  return inner?.type === 'object' ? (def.innerType as z.ZodObject) : undefined;
}
