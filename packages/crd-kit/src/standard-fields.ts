import * as z from 'zod';
import { type KubernetesMeta, type ValidationRule } from './schema/structural-schema.ts';

/** `.meta(rules({ rule, message }))`: CEL rules of a field. */
export const rules = (...all: ValidationRule[]): { kubernetes: KubernetesMeta } => ({
  kubernetes: { rules: all },
});

/**
 * Rules that hold fields of an object as they were created: neither changed nor added nor taken away. They stand on
 * the object that has the fields, since a rule on an optional field is not asked when the field comes or goes.
 */
export const immutable = (why: string, ...fields: string[]): ValidationRule[] =>
  fields.map((field) => ({
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `\`${field}\` cannot be changed: ${why}`,
    fieldPath: `.${field}`,
    reason: 'FieldValueForbidden',
  }));

/** A moment as the Kubernetes API writes it, RFC 3339. */
export const timestamp = () => z.string().max(40).meta({ format: 'date-time' });

/** A whole number of 0 or more, as large as a JSON reader can hold exactly. */
export const counter = () => z.int().min(0).max(9007199254740990);

/** The name of an object whose names are DNS subdomains: Secrets, ConfigMaps, most kinds of one's own. */
export const objectName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

/** A reference to an object in the same namespace. */
export const localReference = (kind: string) =>
  z.object({ name: objectName().describe('Its name.') }).describe(`${kind} in this namespace.`);

/** One condition, as standard tools understand it (metav1.Condition). */
export const conditionSchema = z.object({
  type: z.string().max(316).describe('Name of the condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().min(1).max(1024).describe('One CamelCase word for the cause.'),
  message: z.string().max(32768).describe('For people: what is so, of what, and what to do.'),
  observedGeneration: counter().describe('The generation of the spec that this was said of.'),
  lastTransitionTime: timestamp().describe('When `status` last changed.'),
});

/** The first fields of every status. */
export const conditionFields = {
  conditions: z
    .array(conditionSchema)
    .max(32)
    .optional()
    .describe('What is so now.')
    .meta({ kubernetes: { listMapKeys: ['type'] } }),
  observedGeneration: counter().optional().describe('The generation of the spec that was acted on last.'),
};
