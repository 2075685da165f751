import * as z from 'zod';
import { type KubernetesMeta } from './structural-schema.ts';

/** JSON Schema as zod writes it for OpenAPI 3.0. */
export type JsonSchema = Record<string, unknown> & {
  type?: string;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  kubernetes?: KubernetesMeta;
};

/** What an author may write, with everything inlined. */
export const jsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  }) as JsonSchema;
