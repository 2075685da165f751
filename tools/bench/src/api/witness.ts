import { type Api, type WatchedObject } from './api.ts';
import { paths } from './paths.ts';

/** A child ConfigMap, as the one watcher saw it. */
export type ChildSeen = {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
  readonly at: number;
};
/** An object whose status says Ready for its present generation. */
export type ReadySeen = { readonly namespace: string; readonly name: string; readonly at: number };

/** The one watcher, the same for both operators. Listeners are taken off by what they get back. */
export type Witness = {
  readonly onChild: (listener: (child: ChildSeen) => void) => () => void;
  readonly onReady: (listener: (ready: ReadySeen) => void) => () => void;
};

export const isReady = ({ metadata, status }: WatchedObject): boolean =>
  status?.observedGeneration === metadata.generation &&
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

export async function startWitness(api: Api): Promise<Witness> {
  const children = new Set<(child: ChildSeen) => void>();
  const readies = new Set<(ready: ReadySeen) => void>();
  await api.watch(paths.everyChild, ({ type, object }, at) => {
    if (type !== 'ADDED' && type !== 'MODIFIED') return;
    const { namespace = '', name } = object.metadata;
    const child = { namespace, name, value: object.data?.['value'] ?? '', at };
    for (const listener of children) listener(child);
  });
  await api.watch(paths.everyBench, ({ type, object }, at) => {
    if ((type !== 'ADDED' && type !== 'MODIFIED') || !isReady(object)) return;
    const { namespace = '', name } = object.metadata;
    for (const listener of readies) listener({ namespace, name, at });
  });
  const add = <T>(set: Set<T>, listener: T): (() => void) => {
    set.add(listener);
    return () => void set.delete(listener);
  };
  return { onChild: (listener) => add(children, listener), onReady: (listener) => add(readies, listener) };
}
