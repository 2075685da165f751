import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
} from '../custom-resource-definition.ts';
import { walk, type StructuralSchema } from '../schema/structural-schema.ts';
import { costLimits, ruleCosts } from './cost.ts';

/** What one rule has found: where, and what should be. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

/** One convention. */
export interface LintRule {
  readonly name: string;
  /** What goes wrong without it. */
  readonly reason: string;
  readonly check: (
    version: CustomResourceDefinitionVersion,
    crd: CustomResourceDefinition,
  ) => Iterable<Finding>;
}

interface Node extends Finding {
  readonly schema: StructuralSchema;
  /** The last name in the path; empty for items. */
  readonly name: string;
  readonly isStatus: boolean;
  readonly parent: StructuralSchema | undefined;
}

/** All fields of spec and status. Free-form parts are one field. */
function* fields(version: CustomResourceDefinitionVersion): Generator<Node> {
  const { spec, status } = version.schema.openAPIV3Schema.properties ?? {};
  for (const [top, root] of Object.entries({ spec, status })) {
    if (!root) continue;
    const all = [...walk(root, top)];
    const byPath = new Map(all.map((one) => [one.path, one.schema]));
    for (const { path, schema } of all) {
      const end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('[]'));
      const parent = end < 0 ? undefined : byPath.get(path.slice(0, end));
      const name = path.endsWith('[]') || path.endsWith('.*') ? '' : path.slice(path.lastIndexOf('.') + 1);
      yield { path, schema, name, parent, isStatus: top === 'status', message: '' };
    }
  }
}

const each = (test: (node: Node) => string | undefined | false): LintRule['check'] =>
  function* (version) {
    for (const node of fields(version)) {
      const message = test(node);
      if (message) yield { path: node.path, message };
    }
  };

const isObject = (schema: StructuralSchema | undefined): boolean => schema?.properties !== undefined;
const conditionFieldNames = [
  'type',
  'status',
  'reason',
  'message',
  'observedGeneration',
  'lastTransitionTime',
];

/** The conventions of the Kubernetes API that a machine can check; a closed list. */
export const lintRules: readonly LintRule[] = [
  {
    name: 'field-is-described',
    reason: '`kubectl explain` is where users look first',
    check: each(
      ({ schema, name, path }) =>
        name !== '' && path !== 'spec' && path !== 'status' && !schema.description && 'describe what it says',
    ),
  },
  {
    name: 'field-is-camel-case',
    reason: 'every other field of the Kubernetes API is',
    check: each(
      ({ name }) => name !== '' && !/^[a-z][a-zA-Z0-9]*$/.test(name) && `"${name}" must be camelCase`,
    ),
  },
  {
    name: 'enum-is-pascal-case',
    reason: 'values that are names are written like names',
    check: each(({ schema }) => {
      const odd = schema.enum?.find(
        (value) => typeof value === 'string' && !/^[A-Z][A-Za-z0-9]*$/.test(value),
      );
      return typeof odd === 'string' && `"${odd}" must be CamelCase`;
    }),
  },
  {
    name: 'string-is-bounded',
    reason: 'an unbounded string makes every rule over it too costly, and one object as large as a request',
    check: each(
      ({ schema }) =>
        schema.type === 'string' &&
        schema.maxLength === undefined &&
        !schema.enum &&
        !['uuid', 'ipv4', 'date'].includes(schema.format ?? '') &&
        'give it .max()',
    ),
  },
  {
    name: 'list-is-bounded',
    reason: 'as with strings',
    check: each(({ schema }) => schema.type === 'array' && schema.maxItems === undefined && 'give it .max()'),
  },
  {
    name: 'map-is-bounded',
    reason: 'as with strings',
    check: each(
      ({ schema }) =>
        schema.additionalProperties && schema.maxProperties === undefined && 'give it `maxProperties`',
    ),
  },
  {
    name: 'no-fractions',
    reason: 'fractions change on their way through languages; integers with a unit do not',
    check: each(
      ({ schema, isStatus }) => !isStatus && schema.type === 'number' && 'use an integer with a unit',
    ),
  },
  {
    name: 'no-null',
    reason: 'most clients cannot tell null from no value',
    check: each(({ schema }) => schema.nullable && 'make the field optional'),
  },
  {
    name: 'no-boolean',
    reason: 'two values hardly ever stay two; an enum can grow and names both',
    check: each(
      ({ schema, isStatus }) => !isStatus && schema.type === 'boolean' && 'use an enum of two values',
    ),
  },
  {
    name: 'objects-in-lists-have-keys',
    reason: 'without a key two writers overwrite each other’s items',
    check: each(
      ({ schema }) =>
        schema.type === 'array' &&
        isObject(schema.items) &&
        schema['x-kubernetes-list-type'] !== 'map' &&
        'name the key with `listMapKeys`',
    ),
  },
  {
    name: 'no-map-of-objects',
    reason: 'lists of named objects can be described, extended and merged; maps hardly',
    check: each(({ schema }) => isObject(schema.additionalProperties) && 'use a list of objects with a name'),
  },
  {
    name: 'time-is-named-so',
    reason: 'the Kubernetes API says creationTime, lastTransitionTime, startedAt',
    check: each(
      ({ schema, name }) =>
        schema.format === 'date-time' &&
        !/(Time|At|^at|^time|^until|^from|Until|^oldest|^newest|^deadline|^pointInTime)$/.test(name) &&
        `"${name}" must end in Time or At`,
    ),
  },
  {
    name: 'span-has-a-unit',
    reason: 'nobody guesses whether a number is in seconds or milliseconds',
    check: each(
      ({ schema, name }) =>
        schema.type === 'integer' &&
        /(period|timeout|deadline|interval|duration|delay|jitter|window|ttl)$/i.test(name) &&
        `"${name}" must end in its unit, such as ${name}Seconds`,
    ),
  },
  {
    name: 'reference-is-named-ref',
    reason: 'the Kubernetes API says secretRef, not secretReference',
    check: each(({ name }) => /References?$/.test(name) && `"${name}" must end in Ref`),
  },
  {
    name: 'spec-keeps-no-unknown-fields',
    reason: 'a misspelt field that is kept looks as if it worked',
    check: each(
      ({ schema, isStatus }) =>
        !isStatus && schema['x-kubernetes-preserve-unknown-fields'] && 'describe its fields',
    ),
  },
  {
    name: 'no-phase',
    reason: 'a phase cannot grow without breaking whoever reads it; conditions can',
    check: each(({ path }) => path === 'status.phase' && 'use conditions'),
  },
  {
    name: 'status-has-conditions',
    reason: '`kubectl wait` and every delivery tool read them',
    *check(version) {
      const status = version.schema.openAPIV3Schema.properties?.['status'];
      const conditions = status?.properties?.['conditions'];
      if (!status?.properties?.['observedGeneration'])
        yield { path: 'status', message: 'it must have `observedGeneration`' };
      const missing = conditionFieldNames.filter((name) => !conditions?.items?.properties?.[name]);
      if (missing.length > 0 || conditions?.['x-kubernetes-list-map-keys']?.[0] !== 'type')
        yield { path: 'status', message: 'it must have `conditions` with the six fields, keyed by `type`' };
    },
  },
  {
    name: 'rule-says-what-must-be',
    reason: 'a message is all that the user has',
    *check(version) {
      for (const { path, schema } of walk(version.schema.openAPIV3Schema, ''))
        for (const { message } of schema['x-kubernetes-validations'] ?? [])
          if (!/\b(must|cannot|needs?)\b/.test(message) || /\n/.test(message))
            yield { path: path.slice(1), message: `"${message}" must say what must, cannot or needs to be` };
    },
  },
  {
    name: 'change-rule-is-asked',
    reason: 'a rule about changes on an optional field is not asked when the field comes or goes',
    check: each(
      ({ schema, parent, name }) =>
        name !== '' &&
        parent?.properties !== undefined &&
        !parent.required?.includes(name) &&
        schema.default === undefined &&
        schema['x-kubernetes-validations']?.some(({ rule }) => rule.includes('oldSelf')) &&
        'put the rule on the object around it (`immutable`), or give the field a default',
    ),
  },
  {
    name: 'rule-is-affordable',
    reason: 'the API server refuses a CRD whose rules may take too long',
    *check(version) {
      let all = 0;
      for (const { path, rule, cost } of ruleCosts(version.schema.openAPIV3Schema)) {
        all += cost;
        if (cost > costLimits.rule)
          yield {
            path,
            message: `"${rule.rule}" may cost ${cost}, more than ${costLimits.rule}: bound what it looks at`,
          };
      }
      if (all > costLimits.version)
        yield { path: '', message: `all rules may cost ${all}, more than ${costLimits.version}` };
    },
  },
  {
    name: 'column-shows-something',
    reason: 'a column whose path is wrong is empty for ever',
    *check(version) {
      for (const { name, jsonPath } of version.additionalPrinterColumns) {
        const [, ...parts] = jsonPath.replace(/\[\?\([^)]*\)\]/g, '.[]').split('.');
        let at: StructuralSchema | undefined = version.schema.openAPIV3Schema;
        for (const part of parts) {
          if (part === 'metadata') at = { properties: { creationTimestamp: {}, name: {} } };
          else at = part === '[]' ? at?.items : at?.properties?.[part];
        }
        if (!at) yield { path: jsonPath.slice(1), message: `column ${name}: there is no ${jsonPath}` };
      }
    },
  },
  {
    name: 'columns-end-with-age',
    reason: 'every kind of Kubernetes shows it there',
    *check(version) {
      if (version.additionalPrinterColumns.at(-1)?.name !== 'Age')
        yield { path: '', message: 'the last column must be Age' };
    },
  },
  {
    name: 'deprecation-says-what-to-do',
    reason: 'the warning is all that users of the version see',
    *check(version) {
      if (version.deprecated && !/\buse\b/.test(version.deprecationWarning ?? ''))
        yield { path: '', message: 'the warning must say what to use instead' };
    },
  },
  {
    name: 'kind-has-a-category',
    reason: 'one word lists the whole family',
    *check(_version, crd) {
      if (crd.spec.names.categories.length === 0) yield { path: '', message: 'give the kind a category' };
    },
  },
];
