import type * as z from 'zod';
import { InexpressibleSchemaError } from './inexpressible.ts';
import { type KubernetesMeta } from './structural-schema.ts';

interface Definition {
  type: string;
  coerce?: boolean;
  checks?: { _zod: { def: { check: string; pattern?: RegExp } } }[];
  innerType?: z.ZodType;
  element?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  options?: z.ZodType[];
}

const instead: Readonly<Record<string, [cause: string, instead: string]>> = {
  pipe: ['a transform cannot run in the API server', 'transform after parsing'],
  transform: ['a transform cannot run in the API server', 'transform after parsing'],
  catch: ['the API server refuses a wrong value and never replaces it', 'leave `.catch` out'],
  tuple: ['a list has one item type', 'use an object with named fields'],
  intersection: ['an intersection has no structural form', 'use `.extend`'],
  lazy: ['a schema cannot refer to itself', 'nest to a fixed depth'],
  date: ['JSON has no dates', 'use `timestamp()`'],
  bigint: ['JSON has no big integers', 'use `z.int()` with bounds, or a string'],
  null: ['null is not a value in the Kubernetes API', 'make the field optional'],
  set: ['JSON has no sets', 'use a list with `listType: set`'],
  map: ['JSON has no maps', 'use `z.record`'],
};
const expressible = new Set(
  'string number int boolean object array record enum literal optional nullable default prefault readonly nonoptional union unknown any'.split(
    ' ',
  ),
);

/** Much of what zod can say vanishes when it becomes JSON Schema: finds it before it does. */
export function refuseSilentlyDropped(schema: z.ZodType, path: string): void {
  const def = schema._zod.def as unknown as Definition;
  const refuse = (cause: string, other: string): never => {
    throw new InexpressibleSchemaError(path, cause, other);
  };
  if (!expressible.has(def.type)) {
    refuse(...(instead[def.type] ?? [`${def.type} has no structural form`, 'use another type']));
  }
  if (def.coerce) refuse('the API server coerces nothing', 'use the type without `coerce`');
  const rules = (schema.meta()?.['kubernetes'] as KubernetesMeta | undefined)?.rules;
  for (const { _zod: check } of def.checks ?? []) {
    if (check.def.check === 'overwrite')
      refuse('a change of the value cannot run in the API server', 'leave it out');
    if (check.def.check === 'custom' && !rules?.length) {
      refuse(
        'a refinement is not enforced by the API server',
        'add the same check as a CEL rule in .meta({ kubernetes: { rules } })',
      );
    }
    const flags = check.def.pattern?.flags.replace(/[uv]/, '') ?? '';
    if (flags !== '') refuse(`the flag ${flags} of a pattern is lost`, 'write the pattern without it');
  }
  const keys = def.keyType?._zod.def as unknown as Definition | undefined;
  if (keys && (keys.type !== 'string' || keys.checks?.length) && !rules?.length) {
    refuse('checks of keys are not enforced by the API server', 'add a CEL rule: self.all(key, …)');
  }
  if (def.innerType) refuseSilentlyDropped(def.innerType, path);
  if (def.element) refuseSilentlyDropped(def.element, `${path}[]`);
  if (def.valueType) refuseSilentlyDropped(def.valueType, `${path}.*`);
  for (const option of def.options ?? []) refuseSilentlyDropped(option, path);
  for (const [name, field] of Object.entries(def.shape ?? {}))
    refuseSilentlyDropped(field, `${path}.${name}`);
}
