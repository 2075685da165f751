import { type Kind } from '../kinds/kind.ts';

/** A part of a kind that has a path of its own. */
export interface Subresource {
  name: string;
  verbs: readonly string[];
  /** Absent: the kind itself. */
  kind?: { group: string; version: string; kind: string };
}

const readAndWrite = ['get', 'patch', 'update'];
const scale: Subresource = {
  name: 'scale',
  verbs: readAndWrite,
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
};
const status: Subresource = { name: 'status', verbs: readAndWrite };
const finalize: Subresource = { name: 'finalize', verbs: ['update'] };

/** Built-in kinds list theirs by name, those of a CRD the status first. */
export function subresourcesOf(kind: Kind): Subresource[] {
  const isNamespace = kind.group === '' && kind.plural === 'namespaces';
  const all = [
    ...(isNamespace ? [finalize] : []),
    ...(kind.scale ? [scale] : []),
    ...(kind.status ? [status] : []),
  ];
  return kind.fromCrd === undefined ? all : all.reverse();
}

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const ofCustomKinds = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** What may be asked of a kind, in the order in which the API lists it. */
export function verbsOf(kind: Kind): readonly string[] {
  if (kind.verbs) return kind.verbs;
  if (kind.group === '' && kind.plural === 'namespaces')
    return all.filter((verb) => verb !== 'deletecollection');
  return kind.fromCrd === undefined ? all : ofCustomKinds;
}
