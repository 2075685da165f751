import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';

/** What is common to all operations of one kind. */
interface Subject {
  kind: Kind;
  /** `AppsV1` */
  prefix: string;
  /** `apps_v1` */
  tag: string;
  schema: string;
  listSchema: string;
}

const query = (type: 'string' | 'boolean' | 'integer', ...names: string[]): Fields[] =>
  names.map((name) => ({ name, in: 'query', schema: { type, uniqueItems: true } }));
const byName = (parameters: Fields[]): Fields[] =>
  parameters.sort((a, b) => ((a['name'] as string) < (b['name'] as string) ? -1 : 1));
const writing = query('string', 'dryRun', 'fieldManager', 'fieldValidation');
const listing = byName([
  ...query('boolean', 'allowWatchBookmarks', 'sendInitialEvents', 'watch'),
  ...query('string', 'continue', 'fieldSelector', 'labelSelector', 'resourceVersion', 'resourceVersionMatch'),
  ...query('integer', 'limit', 'timeoutSeconds'),
]);
const deleting = byName([
  ...query('string', 'dryRun', 'propagationPolicy'),
  ...query('integer', 'gracePeriodSeconds'),
  ...query('boolean', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents'),
]);
const pretty = query('string', 'pretty');
const pathParameter = (name: string, description: string): Fields => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

const reference = (schema: string): Fields => ({ $ref: `#/components/schemas/${schema}` });
const contents = (schema: string, ...types: string[]): Fields => ({
  content: Object.fromEntries(types.map((type) => [type, { schema: reference(schema) }])),
});
const patchSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
const patchTypes = ({ fromCrd }: Kind): string[] => [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  ...(fromCrd === undefined ? ['application/strategic-merge-patch+json'] : []),
];

/** `Apps` for `apps`, `RbacAuthorization` for `rbac.authorization.k8s.io`, `Core` for the core group. */
const words = (group: string): string[] =>
  group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split('.');
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The paths of one kind, with what may be done there. */
export function pathsOf(kind: Kind, schema: string, listSchema: string): Fields {
  const { group, version, plural, namespaced } = kind;
  const [first = '', ...rest] = words(group);
  const subject: Subject = {
    kind,
    prefix: [first, ...rest, version].map(capital).join(''),
    tag: `${[first, ...rest.map(capital)].join('')}_${version}`,
    schema,
    listSchema,
  };
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const place = [
    ...(namespaced
      ? [pathParameter('namespace', 'object name and auth scope, such as for teams and projects')]
      : []),
    ...pretty,
  ];
  if (kind.verbs) return { [collection]: { post: create(subject), parameters: place } };
  const named = { parameters: [pathParameter('name', `name of the ${kind.kind}`), ...place] };
  const scope = namespaced ? 'Namespaced' : '';
  return {
    [collection]: {
      get: list(subject, `list${subject.prefix}${scope}${kind.kind}`, listing),
      post: create(subject),
      delete: operation(subject, 'deletecollection', {
        id: `delete${subject.prefix}Collection${scope}${kind.kind}`,
        description: `delete collection of ${kind.kind}`,
        parameters: listing,
        answers: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
      }),
      parameters: place,
    },
    [`${collection}/{name}`]: {
      ...readAndWrite(subject),
      delete: operation(subject, 'delete', {
        id: `delete${subject.prefix}${scope}${kind.kind}`,
        description: `delete a ${kind.kind}`,
        parameters: deleting,
        answers: 'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
        body: contents('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', 'application/json'),
      }),
      ...named,
    },
    ...(kind.scale
      ? { [`${collection}/{name}/scale`]: { ...readAndWrite(subject, 'scale'), ...named } }
      : {}),
    ...(kind.status
      ? { [`${collection}/{name}/status`]: { ...readAndWrite(subject, 'status'), ...named } }
      : {}),
    ...(namespaced
      ? {
          [`${root}/${plural}`]: {
            get: list(subject, `list${subject.prefix}${kind.kind}ForAllNamespaces`, []),
            parameters: byName([...listing, ...pretty]),
          },
        }
      : {}),
  };
}

function readAndWrite(subject: Subject, part?: 'scale' | 'status'): Fields {
  const { kind, prefix } = subject;
  const what = `${part === undefined ? '' : `${part} of `}the specified ${kind.kind}`;
  const suffix = `${prefix}${kind.namespaced ? 'Namespaced' : ''}${kind.kind}${part === undefined ? '' : capital(part)}`;
  const schema = part === 'scale' ? 'io.k8s.api.autoscaling.v1.Scale' : subject.schema;
  const patched = part === undefined ? what : `${part} of the specified ${kind.kind}`;
  return {
    get: operation(subject, 'get', {
      id: `read${suffix}`,
      description: `read ${what}`,
      parameters: kind.fromCrd === undefined ? [] : query('string', 'resourceVersion'),
      answers: schema,
    }),
    put: operation(subject, 'put', {
      id: `replace${suffix}`,
      description: `replace ${what}`,
      parameters: writing,
      answers: schema,
      body: contents(schema, 'application/json', 'application/yaml'),
    }),
    patch: operation(subject, 'patch', {
      id: `patch${suffix}`,
      description: `partially update ${patched}`,
      parameters: [...writing, ...query('boolean', 'force')],
      answers: schema,
      body: contents(patchSchema, ...patchTypes(kind)),
    }),
  };
}

const list = (subject: Subject, id: string, parameters: Fields[]): Fields =>
  operation(subject, 'list', {
    id,
    description: `list objects of kind ${subject.kind.kind}`,
    parameters,
    answers: subject.listSchema,
  });

const create = (subject: Subject): Fields => {
  const { kind, prefix, schema } = subject;
  return operation(subject, 'post', {
    id: `create${prefix}${kind.namespaced ? 'Namespaced' : ''}${kind.kind}`,
    description: `create a ${kind.kind}`,
    parameters: writing,
    answers: schema,
    body: contents(schema, 'application/json', 'application/yaml'),
  });
};

/** One operation; `x-kubernetes-group-version-kind` is what kubectl finds the kind of a path by. */
function operation(
  { kind: { group, version, kind }, tag }: Subject,
  action: string,
  more: { id: string; description: string; parameters: Fields[]; answers: string; body?: Fields },
): Fields {
  return {
    tags: [tag],
    description: more.description,
    operationId: more.id,
    ...(more.parameters.length > 0 ? { parameters: more.parameters } : {}),
    ...(more.body ? { requestBody: more.body } : {}),
    responses: {
      200: { description: 'OK', ...contents(more.answers, 'application/json', 'application/yaml') },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
