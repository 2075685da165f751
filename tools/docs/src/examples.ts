import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** One object that a reader may copy. */
export interface Example {
  /** Relative to the repository. */
  readonly file: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export const root = join(import.meta.dirname, '../../..');
const group = 'db.example.com/';
const places = [
  'README.md',
  'docs/**/*.md',
  'charts/*/README.md',
  'apps/*/README.md',
  'packages/*/README.md',
];
const files = ['packages/*/examples/*.yaml'];
const elsewhere = /node_modules|docs\/reference|docs\/adr/;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object of our kinds in the documentation, in the charts and among the examples. */
export function allExamples(): Example[] {
  const pages = globSync(places, { cwd: root }).filter((path) => !elsewhere.test(path));
  return [
    ...pages.flatMap((file) => examplesIn(file, readFileSync(join(root, file), 'utf8'))),
    ...globSync(files, { cwd: root }).flatMap((file) =>
      objectsIn(readFileSync(join(root, file), 'utf8')).map((object) => ({ file, object })),
    ),
  ];
}

/**
 * Objects in fenced YAML and in here-documents of one page. A part of an object (no apiVersion) is what a reader adds
 * to the last whole one: the two are merged.
 */
export function examplesIn(file: string, text: string): Example[] {
  const blocks = [...text.matchAll(/^```ya?ml\n(.*?)^```|<<'?(YAML|EOF)'?\n(.*?)^\2/gms)].map(
    (found) => found[1] ?? found[3] ?? '',
  );
  let whole: Fields | undefined;
  const examples: Example[] = [];
  for (const object of blocks.flatMap(objectsIn)) {
    const isWhole = object['apiVersion'] !== undefined;
    if (isWhole && !String(object['apiVersion']).startsWith(group)) continue;
    if (!isWhole && (object['spec'] === undefined || !whole)) continue;
    whole = isWhole ? object : merged(whole ?? {}, object);
    examples.push({ file, object: whole });
  }
  return examples;
}

const objectsIn = (yaml: string): Fields[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJSON() as unknown)
    .filter(isFields);

function merged(base: Fields, over: Fields): Fields {
  return {
    ...base,
    ...Object.fromEntries(
      Object.entries(over).map(([key, value]) => {
        const below = base[key];
        return [key, isFields(below) && isFields(value) ? merged(below, value) : value];
      }),
    ),
  };
}
