import {
  customResourceDefinition,
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
  type Kind,
  type StructuralSchema,
} from '@stateful/crd-kit';
import { limitsText, typeText } from './field-text.ts';

/** One page of the reference. `path` is relative to docs/reference. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const generated = '<!-- Generated from the schemas: `nx run docs:generate`. -->';
const pathOf = (kind: string, version: string): string => `${kind.toLowerCase()}-${version}.md`;

/** The index and one page for each version of each kind, in Markdown that is not yet laid out. */
export function referencePages(kinds: readonly Kind[]): Page[] {
  const crds = kinds.map((kind) => customResourceDefinition(kind));
  const pages = crds.flatMap((crd) =>
    crd.spec.versions.map((version) => ({
      path: pathOf(crd.spec.names.kind, version.name),
      text: page(crd, version),
    })),
  );
  return [{ path: 'README.md', text: index(crds) }, ...pages];
}

function index(crds: readonly CustomResourceDefinition[]): string {
  const rows = crds.flatMap(({ spec }) =>
    spec.versions.map(({ name, served, storage, deprecated }) => {
      const state = [storage ? 'stored' : '', deprecated ? 'deprecated' : '', served ? '' : 'not served'];
      const { kind, plural, shortNames } = spec.names;
      return `| [${kind}](${pathOf(kind, name)}) | \`${spec.group}/${name}\` | \`${[plural, ...shortNames].join('`, `')}\` | ${state.filter(Boolean).join(', ')} |`;
    }),
  );
  return [
    generated,
    '# API reference',
    'Every field of every kind, from the schemas that the API server enforces. `kubectl explain KIND.spec.FIELD` shows the same.',
    ['| kind | version | names | |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function page(crd: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string {
  const { group, names, scope } = crd.spec;
  const root = version.schema.openAPIV3Schema;
  const others = crd.spec.versions.filter(({ name }) => name !== version.name);
  return [
    generated,
    `# ${names.kind} ${version.name}`,
    ...(version.deprecationWarning ? [`> Deprecated: ${version.deprecationWarning}.`] : []),
    [
      '| | |',
      '| --- | --- |',
      `| apiVersion | \`${group}/${version.name}\` |`,
      `| kind | \`${names.kind}\` |`,
      `| scope | ${scope} |`,
      `| names for kubectl | \`${[names.plural, names.singular, ...names.shortNames].join('`, `')}\` |`,
      `| categories | \`${names.categories.join('`, `')}\` |`,
      ...(version.subresources.scale
        ? [`| scale | \`${version.subresources.scale.specReplicasPath}\` |`]
        : []),
      ...(others.length > 0
        ? [
            `| other versions | ${others.map(({ name }) => `[${name}](${pathOf(names.kind, name)})`).join(', ')} |`,
          ]
        : []),
    ].join('\n'),
    ...list(rulesOf(root)),
    ...(['spec', 'status'] as const).flatMap((part) => {
      const schema = root.properties?.[part];
      return schema ? sections(schema, part) : [];
    }),
  ].join('\n\n');
}

/** A heading, a table of fields and the rules; then the same for every object within. */
function sections(schema: StructuralSchema, path: string): string[] {
  const fields = Object.entries(schema.properties ?? {});
  const rows = fields.map(([name, field]) => {
    const needed = schema.required?.includes(name)
      ? 'required'
      : field.default === undefined
        ? ''
        : `default \`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${cell(typeText(field))} | ${cell(needed)} | ${cell([field.description ?? '', limitsText(field)].filter(Boolean).join('<br>'))} |`;
  });
  return [
    `${path.includes('.') ? '###' : '##'} ${path}`,
    ...(schema.description ? [schema.description] : []),
    ['| field | type | | what |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...list([
      ...rulesOf(schema),
      ...fields.flatMap(([name, field]) => (field.properties ? [] : rulesOf(field, `\`${name}\`: `))),
    ]),
    ...fields.flatMap(([name, field]) => {
      const [object, at] = nested(field, `${path}.${name}`);
      return object ? sections(object, at) : [];
    }),
  ];
}

/** The object behind a field: itself, or what its list or map holds. */
function nested(field: StructuralSchema, path: string): [StructuralSchema | undefined, string] {
  if (field.properties) return [field, path];
  if (field.items) return nested(field.items, `${path}[]`);
  if (field.additionalProperties) return nested(field.additionalProperties, `${path}.*`);
  return [undefined, path];
}

const list = (items: readonly string[]): string[] =>
  items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')];

const rulesOf = (schema: StructuralSchema, of = ''): string[] =>
  (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `${of}${message}`);

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
