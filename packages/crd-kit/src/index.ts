/**
 * crd-kit turns one zod schema per version into everything else a kind needs.
 * It refuses what a CustomResourceDefinition cannot express instead of dropping it in silence.
 */
export { structuralSchema } from './schema/convert.ts';
export { InexpressibleSchemaError } from './schema/inexpressible.ts';
export {
  type KubernetesMeta,
  type StructuralSchema,
  type ValidationRule,
} from './schema/structural-schema.ts';
export { stash, unstash, type ConversionData, type Convertible } from './conversion/conversion-data.ts';
export { type CustomObject } from './custom-object.ts';
export { operationFieldExceptions, operationFields } from './operation-fields.ts';
export {
  conditionFields,
  conditionSchema,
  counter,
  immutable,
  localReference,
  objectName,
  rules,
  timestamp,
} from './standard-fields.ts';
export {
  customResourceDefinition,
  type ConversionClient,
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
  type Exception,
  type Kind,
  type KindVersion,
  type PrinterColumn,
} from './custom-resource-definition.ts';
export { lintKind } from './lint/lint.ts';
export { type Problem } from './lint/problem.ts';
export { lintRules, type LintRule } from './lint/rules.ts';
export { incompatibilities } from './compatibility/compare.ts';
export { breaksRelease, keepRelease, lastRelease, type Release } from './compatibility/released.ts';
