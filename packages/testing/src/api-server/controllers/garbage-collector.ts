import { remove } from '../calls/delete.ts';
import { replace } from '../calls/replace.ts';
import { type Stored } from '../json.ts';
import { load, storageKind } from '../conversion/convert.ts';
import { apiVersionOf, storageKey, type Kind } from '../kinds/kind.ts';
import { objectKey, type ServerState } from '../server-state.ts';

/** How long after a change the collector looks, in milliseconds: it is never at once. */
const lookAfterMs = 100;

/**
 * What kube-controller-manager does for ownership: children whose owners are all gone are deleted, an owner that
 * goes in the foreground waits for its children, one that leaves orphans is taken out of their references.
 */
export function runGarbageCollector(state: ServerState): void {
  const { store, clock, kinds } = state;
  let isDue = false;
  const everything = (): { kind: Kind; object: Stored }[] => {
    const seen = new Set<string>();
    return kinds.all().flatMap((kind) => {
      if (seen.has(storageKey(kind))) return [];
      seen.add(storageKey(kind));
      const stored = storageKind(kind);
      return (store.list(storageKey(kind)) ?? []).map((object) => ({
        kind: stored,
        object: load(state, stored, object),
      }));
    });
  };
  const placeOf = ({ metadata: { namespace, name } }: Stored) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const write = (
    kind: Kind,
    object: Stored,
    change: (metadata: Stored['metadata']) => Stored['metadata'],
  ): void => {
    replace(
      state,
      kind,
      { before: object, wanted: { ...object, metadata: change(object.metadata) }, isUpdate: false },
      { manager: 'kube-controller-manager', dryRun: false, strict: false, subresource: undefined },
    );
  };
  const without = (finalizer: string) => (metadata: Stored['metadata']) => ({
    ...metadata,
    finalizers: (metadata.finalizers ?? []).filter((each) => each !== finalizer),
  });

  function look(): void {
    isDue = false;
    const all = everything();
    const live = new Map(all.map((each) => [each.object.metadata.uid, each]));
    const childrenOf = (uid: string) =>
      all.filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid));
    for (const { kind, object } of all) {
      const { finalizers = [], uid, ownerReferences = [], deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined && finalizers.includes('orphan')) {
        for (const child of childrenOf(uid)) {
          write(child.kind, child.object, (metadata) => ({
            ...metadata,
            ownerReferences: (metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid),
          }));
        }
        write(kind, object, without('orphan'));
      } else if (deletionTimestamp !== undefined && finalizers.includes('foregroundDeletion')) {
        const children = childrenOf(uid);
        for (const child of children) {
          if (child.object.metadata.deletionTimestamp !== undefined) continue;
          remove(state, child.kind, placeOf(child.object), { dryRun: false, propagation: 'Foreground' });
        }
        const blocks = children.some(({ object: child }) =>
          child.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
        );
        if (!blocks) write(kind, object, without('foregroundDeletion'));
      } else if (deletionTimestamp === undefined && ownerReferences.length > 0) {
        const isOwned = ownerReferences.some((owner) => {
          const held = live.get(owner.uid)?.object;
          // An owner in another namespace is none, and one under another name is a stranger.
          return (
            held !== undefined &&
            held.metadata.name === owner.name &&
            (held.metadata.namespace === undefined || held.metadata.namespace === object.metadata.namespace)
          );
        });
        if (!isOwned) {
          remove(state, kind, placeOf(object), {
            dryRun: false,
            uid,
            resourceVersion: object.metadata.resourceVersion,
            propagation: 'Background',
          });
        }
      }
    }
  }

  store.onChange(({ deleted, object, previous }) => {
    const concerns =
      deleted ||
      (object.metadata.deletionTimestamp !== undefined &&
        previous?.metadata.deletionTimestamp === undefined) ||
      (!previous && object.metadata.ownerReferences !== undefined);
    if (!concerns || isDue) return;
    isDue = true;
    clock.setTimer(lookAfterMs, () => void state.outside.run(look));
  });
}

/** What kube-controller-manager does for namespaces: one that goes is emptied first. */
export function runNamespaceController(state: ServerState): void {
  const { store, clock, kinds } = state;
  const namespaces = kinds.find('', 'v1', 'namespaces')!;
  const going = (): Stored[] =>
    (store.list(storageKey(namespaces)) ?? []).filter(
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
  function look(): void {
    for (const namespace of going()) {
      const { name } = namespace.metadata;
      let left = 0;
      for (const kind of kinds.all()) {
        if (!kind.namespaced) continue;
        for (const object of store.list(storageKey(kind)) ?? []) {
          if (object.metadata.namespace !== name || object.apiVersion !== apiVersionOf(kind)) continue;
          if (object.metadata.deletionTimestamp === undefined) {
            remove(
              state,
              storageKind(kind),
              { namespace: name, name: object.metadata.name },
              { dryRun: false, gracePeriodSeconds: 0 },
            );
          }
          if (store.get(storageKey(kind), objectKey(name, object.metadata.name))) left++;
        }
      }
      if (left === 0) store.delete(storageKey(namespaces), objectKey(undefined, name));
    }
  }
  store.onChange(({ of, object, deleted }) => {
    const isNamespace = of === storageKey(namespaces);
    if (
      isNamespace
        ? deleted || object.metadata.deletionTimestamp === undefined
        : !deleted || going().length === 0
    )
      return;
    clock.setTimer(lookAfterMs, look);
  });
}
