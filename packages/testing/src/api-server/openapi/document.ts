import { builtInSchemas, gitVersion, type OpenApiSchema } from '../data/built-in.ts';
import { type ServedVersion } from '../discovery/groups.ts';
import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { customListSchema, customSchema, customSchemaName } from './custom-schema.ts';
import { pathsOf } from './operations.ts';

/** Names of the schemas of built-in kinds, by `GROUP/VERSION/KIND`. */
const builtInNames = new Map(
  Object.entries(builtInSchemas).flatMap(([name, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }): [string, string] => [
      `${group}/${version}/${kind}`,
      name,
    ]),
  ),
);

/** The whole schema of a built-in kind, and undefined for one that the data do not have. */
export const builtInSchemaName = ({ group, version }: Kind, kind: string): string | undefined =>
  builtInNames.get(`${group}/${version}/${kind}`);

function own(
  kind: Kind,
): { name: string; listName: string; schemas: Record<string, OpenApiSchema> } | undefined {
  if (kind.schema && kind.fromCrd !== undefined) {
    const [name, listName] = [customSchemaName(kind, kind.kind), customSchemaName(kind, kind.listKind)];
    return {
      name,
      listName,
      schemas: { [name]: customSchema(kind, kind.schema), [listName]: customListSchema(kind) },
    };
  }
  const name = builtInSchemaName(kind, kind.kind);
  if (name === undefined) return undefined;
  return { name, listName: builtInSchemaName(kind, kind.listKind) ?? name, schemas: {} };
}

/** The OpenAPI v3 document of one version of a group. */
export function openApiDocument({ kinds }: ServedVersion): Fields {
  let paths: Fields = {};
  const schemas: Record<string, OpenApiSchema> = {};
  function reach(value: unknown): void {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = builtInSchemas[name!];
      if (!schema || schemas[name!]) continue;
      schemas[name!] = schema;
      reach(schema);
    }
  }
  for (const kind of kinds) {
    const known = own(kind);
    if (!known) continue;
    Object.assign(schemas, known.schemas);
    const ofKind = pathsOf(kind, known.name, known.listName);
    paths = { ...paths, ...ofKind };
    reach([known.schemas, ofKind]);
  }
  const isCustom = kinds.some(({ fromCrd }) => fromCrd !== undefined);
  return {
    openapi: '3.0.0',
    info: isCustom
      ? { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' }
      : { title: 'Kubernetes', version: gitVersion },
    paths,
    components: { schemas },
  };
}
