import { benchObject } from '../kind.ts';
import { type Api } from '../api/api.ts';
import { paths } from '../api/paths.ts';
import { inParallel } from './in-parallel.ts';

/** Requests of the load that are under way at once. */
const width = 32;

export const objectName = (index: number): string => `bench-${index}`;
/** `count` names, from number `from` on. */
export const objectNames = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => objectName(from + index));
/** Values tell how often their object was changed. */
export const valueOf = (sequence: number): string => `value-${sequence}`;
export const sequenceOf = (value: string): number => Number(value.slice('value-'.length));

export async function createNamespace(api: Api, namespace: string): Promise<void> {
  await api.call('POST', paths.namespaces, { body: { metadata: { name: namespace } }, expected: [409] });
}

/** Creates objects as fast as the API server takes them. */
export async function createObjects(api: Api, namespace: string, names: readonly string[]): Promise<void> {
  await inParallel(names, width, (name) => createObject(api, namespace, name));
}

/** Leaves one that exists as it is. */
export async function createObject(api: Api, namespace: string, name: string): Promise<void> {
  await api.call('POST', paths.benches(namespace), {
    body: benchObject(name, valueOf(0)),
    expected: [409],
  });
}

export async function changeObject(
  api: Api,
  namespace: string,
  name: string,
  sequence: number,
): Promise<void> {
  await api.call('PATCH', `${paths.bench(namespace, name)}?fieldManager=bench-load`, {
    body: { spec: { value: valueOf(sequence) } },
    contentType: 'application/merge-patch+json',
  });
}

/**
 * Removes what a measurement left; nobody else here collects garbage. No operator may run. The API server gives up a
 * request after a minute, and so many objects may need more than one.
 */
export async function removeObjects(api: Api, namespace: string): Promise<void> {
  for (const path of [paths.benches(namespace), paths.configMaps(namespace), paths.events(namespace)]) {
    for (let attempt = 0; ; attempt++) {
      const answer = await api.call('DELETE', path, { expected: [429, 500, 504] }).catch(String);
      const rest = JSON.parse(await api.call('GET', `${path}?limit=1`)) as { readonly items: unknown[] };
      if (rest.items.length === 0) break;
      if (attempt === 20) throw new Error(`${path} cannot be emptied: ${answer.slice(0, 300)}`);
    }
  }
}
