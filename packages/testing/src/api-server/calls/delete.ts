import { type User } from '../access/user.ts';
import { isFields, type Fields, type Meta, type Stored } from '../json.ts';
import { storageKey, type Kind } from '../kinds/kind.ts';
import { timeText } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { conflict, notFound } from '../status.ts';
import { load, put } from '../conversion/convert.ts';
import { admitDeletion, isAdmitted } from './admit.ts';
import { type Place } from './write-options.ts';

/** The body of a DELETE. */
export interface DeleteOptions {
  uid?: string;
  resourceVersion?: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  dryRun: boolean;
  /** Of a request: its query, and who makes it. */
  query?: URLSearchParams;
  user?: User;
  /** As they were sent. */
  sent?: Fields;
}

export function readDeleteOptions(body: unknown, query: URLSearchParams, user?: User): DeleteOptions {
  const fields: Fields = isFields(body) ? body : {};
  const { uid, resourceVersion } = (fields['preconditions'] ?? {}) as {
    uid?: string;
    resourceVersion?: string;
  };
  const propagation = (fields['propagationPolicy'] ??
    query.get('propagationPolicy') ??
    undefined) as DeleteOptions['propagation'];
  const grace = fields['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds');
  return {
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(propagation ? { propagation } : {}),
    ...(grace === null || grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    query,
    sent: fields,
    ...(user ? { user } : {}),
    dryRun: query.has('dryRun') || (fields['dryRun'] as string[] | undefined)?.includes('All') === true,
  };
}

/** Deletes now, or marks as going what something still holds; gives the answer's body. */
export function remove(
  state: ServerState,
  kind: Kind,
  { namespace, name }: Place,
  options: DeleteOptions,
): object {
  const { store, clock } = state;
  const key = objectKey(namespace, name);
  const raw = store.get(storageKey(kind), key);
  if (!raw) throw notFound(kind, name);
  const held = load(state, kind, raw);
  checkPreconditions(kind, held, options);
  if (isAdmitted(state, kind, options)) {
    const { sent: { apiVersion: _version, kind: _kind, dryRun: _dry, ...sent } = {} } = options;
    admitDeletion(state, kind, { ...options, operation: 'DELETE', before: held, options: sent });
  }
  const finalizers = finalizersAfter(held, kind, options);
  const natural = kind.gracePeriod?.(held) ?? 0;
  const grace = natural === 0 ? 0 : (options.gracePeriodSeconds ?? natural);
  const isGoing = held.metadata.deletionTimestamp !== undefined;
  const holds = finalizers.length > 0 || grace > 0 || heldByItsKind(held, kind);
  if (!holds && !kind.gracePeriod) {
    if (!options.dryRun) store.delete(storageKey(kind), key);
    return success(kind, held);
  }
  const shortened = isGoing && grace < (held.metadata.deletionGracePeriodSeconds ?? 0);
  if (isGoing && holds && !shortened && sameFinalizers(held, finalizers)) return held;
  const going = asGoing(held, kind, finalizers, grace, clock.now());
  if (options.dryRun) return going;
  const stored = put(state, kind, key, going);
  if (!holds) store.delete(storageKey(kind), key);
  return stored;
}

const sameFinalizers = ({ metadata }: Stored, finalizers: readonly string[]): boolean =>
  JSON.stringify(metadata.finalizers ?? []) === JSON.stringify(finalizers);

/** A namespace is held until it is empty, and a CRD until its objects are gone. */
export const heldByItsKind = ({ spec }: Stored, { plural, group }: Kind): boolean =>
  group === '' &&
  plural === 'namespaces' &&
  isFields(spec) &&
  Array.isArray(spec['finalizers']) &&
  spec['finalizers'].length > 0;

function asGoing(held: Stored, kind: Kind, finalizers: string[], grace: number, now: number): Stored {
  const { deletionTimestamp, generation, finalizers: _old, ...rest } = held.metadata;
  const isCounted = !isCrd(kind) && deletionTimestamp === undefined;
  const metadata: Meta = {
    ...rest,
    ...(generation === undefined ? {} : { generation: isCounted ? generation + 1 : generation }),
    // A namespace and a CRD go by their own rules, without a period of grace.
    ...(ownRules(kind) ? {} : { deletionGracePeriodSeconds: grace }),
    deletionTimestamp: deletionTimestamp && grace === 0 ? deletionTimestamp : timeText(now + grace * 1000),
    ...(finalizers.length > 0 ? { finalizers } : {}),
  };
  const going: Stored = { ...held, metadata };
  if (isCrd(kind)) going['status'] = terminating(going, timeText(now));
  if (kind.plural === 'namespaces')
    going['status'] = { ...(going['status'] as Fields), phase: 'Terminating' };
  return going;
}

function terminating({ status }: Stored, time: string): Fields {
  const { conditions = [], ...rest } = (status ?? {}) as { conditions?: Fields[] };
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    lastTransitionTime: time,
  };
  return { ...rest, conditions: [...conditions.filter(({ type }) => type !== 'Terminating'), condition] };
}

const isCrd = ({ plural }: Kind): boolean => plural === 'customresourcedefinitions';
const crdCleanup = 'customresourcecleanup.apiextensions.k8s.io';
const ownRules = ({ plural }: Kind): boolean =>
  plural === 'namespaces' || plural === 'customresourcedefinitions';

function finalizersAfter({ metadata }: Stored, kind: Kind, { propagation }: DeleteOptions): string[] {
  const current = metadata.finalizers ?? [];
  // A CRD is held until its objects are gone.
  if (isCrd(kind) && !current.includes(crdCleanup)) return [...current, crdCleanup];
  if (ownRules(kind) || propagation === undefined) return current;
  const others = current.filter((each) => each !== 'orphan' && each !== 'foregroundDeletion');
  if (propagation === 'Orphan') return [...others, 'orphan'];
  if (propagation === 'Foreground') return [...others, 'foregroundDeletion'];
  return others;
}

function checkPreconditions(kind: Kind, { metadata }: Stored, { uid, resourceVersion }: DeleteOptions): void {
  const word = kind.schema ? kind.plural : kind.kind;
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      kind,
      word,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      kind,
      word,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

const success = (kind: Kind, { metadata }: Stored): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: metadata.name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.plural,
    uid: metadata.uid,
  },
});
