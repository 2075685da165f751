import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInKinds } from '../../src/api-server/kinds/built-in-kinds.ts';

/**
 * Reads from the Go types of Kubernetes how the built-in kinds are written in protobuf, and writes it into
 * `src/api-server/data/protobuf.json`: `node --conditions=@stateful/source
 * packages/testing/test/contract/record-protobuf.ts`. The sources are those that the local cluster is built from.
 *
 * A message is a text of fields: number, JSON name (`.` where its own fields take its place) and type, separated by
 * spaces. Types: s text, b bool, i integer, d double, B bytes, T time, M time with microseconds, Q quantity, I number or
 * text, R raw JSON, L list of texts in a message of its own, or the name of a message; `[]` many, `{}` a map,
 * `!` written into JSON although it is zero.
 */
const sources = join(import.meta.dirname, '../../../../tools/local-cluster/kube');
const folderOf = (module: string): string =>
  execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: sources, encoding: 'utf8' }).trim();
const api = folderOf('k8s.io/api');
const apimachinery = folderOf('k8s.io/apimachinery');

/** Types that write themselves. */
const special: Readonly<Record<string, string>> = {
  string: 's',
  bool: 'b',
  int32: 'i',
  int64: 'i',
  float64: 'd',
  '[]byte': 'B',
  'meta/v1.Time': 'T',
  'meta/v1.MicroTime': 'M',
  'resource.Quantity': 'Q',
  'intstr.IntOrString': 'I',
  'runtime.RawExtension': 'R',
  'meta/v1.FieldsV1': 'R',
};

interface Package {
  name: string;
  /** By name: the lines of a struct, or what another type stands for. */
  structs: Map<string, { lines: string[]; imports: Map<string, string> }>;
  aliases: Map<string, { type: string; imports: Map<string, string> }>;
}
const packages = new Map<string, Package>();

/** `k8s.io/api/core/v1` is named `core/v1`, `k8s.io/apimachinery/pkg/apis/meta/v1` `meta/v1`. */
const shortName = (path: string): string =>
  path.replace(/^k8s\.io\/api\//, '').replace(/^k8s\.io\/apimachinery\/pkg\/(apis\/|api\/|util\/)?/, '');
const folder = (name: string): string => {
  if (name.startsWith('meta/')) return join(apimachinery, 'pkg/apis', name);
  return join(api, name);
};

function read(name: string): Package {
  const known = packages.get(name);
  if (known) return known;
  const result: Package = { name, structs: new Map(), aliases: new Map() };
  packages.set(name, result);
  for (const file of readdirSync(folder(name))) {
    if (!file.endsWith('.go') || /_test\.go$|^generated|^zz_/.test(file)) continue;
    const text = readFileSync(join(folder(name), file), 'utf8');
    const imports = new Map<string, string>();
    for (const [, alias, path] of text.matchAll(/^\s*(?:import\s+)?(\w+)?\s*"(k8s\.io\/[^"]+)"$/gm)) {
      imports.set(alias ?? path!.split('/').at(-1)!, shortName(path!));
    }
    for (const [, type, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      result.structs.set(type!, { lines: body!.split('\n'), imports });
    }
    for (const [, type, of] of text.matchAll(/^type (\w+) ((?:map|\[|string|int|bool)\S*)$/gm)) {
      result.aliases.set(type!, { type: of!, imports });
    }
  }
  return result;
}

const messages: Record<string, string> = {};

/** The type of a field in the form described above; messages that it names are read as well. */
function encode(type: string, of: Package, imports: Map<string, string>): string {
  if (type.startsWith('*')) return encode(type.slice(1), of, imports);
  if (special[type]) return special[type];
  if (type.startsWith('[]')) return `[]${encode(type.slice(2), of, imports)}`;
  const map = /^map\[\w+(?:\.\w+)?\](.+)$/.exec(type);
  if (map) return `{}${encode(map[1]!, of, imports)}`;
  const [alias, bare = type] = type.includes('.') ? (type.split('.') as [string, string]) : [undefined, type];
  const home = alias === undefined ? of.name : (imports.get(alias) ?? alias);
  const name = `${home}.${bare}`;
  if (special[name]) return special[name];
  if (home === 'types') return 's';
  const target = read(home);
  const other = target.aliases.get(bare);
  if (other?.type === '[]string') return 'L';
  if (other) return encode(other.type, target, other.imports);
  message(target, bare);
  return name;
}

function message(of: Package, name: string): void {
  const key = `${of.name}.${name}`;
  if (messages[key] !== undefined) return;
  const struct = of.structs.get(name);
  if (!struct) throw new Error(`${key} is no struct that was found`);
  messages[key] = '';
  const fields = struct.lines.flatMap((line) => {
    const [, declared = ''] = /^\t(?:\w+\s+)?([\w.*[\]]+)\s+`/.exec(line) ?? [];
    const [, json = ''] = /json:"([^"]*)"/.exec(line) ?? [];
    const [, number] = /protobuf:"\w+,(\d+),/.exec(line) ?? [];
    if (number === undefined || declared === '') return [];
    const [jsonName = '', ...options] = json.split(',');
    const isKept = declared.startsWith('*') || !options.includes('omitempty');
    const type = encode(declared, of, struct.imports);
    const isScalar = /^[sbid]$/.test(type);
    return [`${number} ${jsonName || '.'} ${isKept && isScalar ? '!' : ''}${type}`];
  });
  messages[key] = fields.join(';');
}

const packageOf = (group: string, version: string): string =>
  group === '' ? `core/${version}` : `${group.split('.')[0]}/${version}`;
const roots: Record<string, string> = {};
const add = (group: string, version: string, kind: string): void => {
  const home = packageOf(group, version);
  message(read(home), kind);
  roots[`${group === '' ? '' : `${group}/`}${version}/${kind}`] = `${home}.${kind}`;
};
for (const { group, version, kind } of builtInKinds) {
  // CRDs hold JSON of any form; those who write them send JSON.
  if (group !== 'apiextensions.k8s.io') add(group, version, kind);
}
for (const kind of [
  'SelfSubjectAccessReview',
  'SelfSubjectRulesReview',
  'SubjectAccessReview',
  'LocalSubjectAccessReview',
])
  add('authorization.k8s.io', 'v1', kind);
for (const kind of ['SelfSubjectReview', 'TokenReview', 'TokenRequest'])
  add('authentication.k8s.io', 'v1', kind);
add('autoscaling', 'v1', 'Scale');
add('policy', 'v1', 'Eviction');
message(read('meta/v1'), 'DeleteOptions');

const lines = (entries: Record<string, string>): string =>
  Object.keys(entries)
    .sort()
    .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(entries[name])}`)
    .join(',\n');
const text = `{"kinds": {\n${lines(roots)}\n},\n"messages": {\n${lines(messages)}\n}}\n`;
writeFileSync(join(import.meta.dirname, '../../src/api-server/data/protobuf.json'), text);
console.log(
  `${Object.keys(roots).length} kinds, ${Object.keys(messages).length} messages, ${text.length} bytes`,
);
