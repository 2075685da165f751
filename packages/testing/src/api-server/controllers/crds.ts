import { replace } from '../calls/replace.ts';
import { remove } from '../calls/delete.ts';
import { type Fields, type Stored } from '../json.ts';
import { storageKind } from '../conversion/convert.ts';
import { customKinds } from '../kinds/custom-kind.ts';
import { storageKey } from '../kinds/kind.ts';
import { timeText } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';

/** What the API server itself does with CRDs: serves their kinds, says so, and empties a kind before it goes. */
export function runCrdControllers(state: ServerState): void {
  const { store, kinds, clock } = state;
  const crds = kinds.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
  const of = storageKey(crds);

  function writeStatus(crd: Stored, status: Fields): void {
    const now = store.get(of, objectKey(undefined, crd.metadata.name));
    if (!now) return;
    replace(
      state,
      crds,
      { before: now, wanted: { ...now, status }, isUpdate: false },
      { manager: 'kube-apiserver', dryRun: false, strict: false, subresource: 'status' },
    );
  }
  const condition = (type: string, reason: string, message: string): Fields => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: timeText(clock.now()),
  });
  function establish(crd: Stored): void {
    const spec = crd['spec'] as { names: Fields; versions: { name: string; storage: boolean }[] };
    writeStatus(crd, {
      acceptedNames: spec.names,
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      storedVersions: spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
    });
  }
  const serve = (crd: Stored): void => {
    kinds.removeOf(crd.metadata.name);
    customKinds(crd).forEach(kinds.add);
  };
  /** Deletes what is left of a kind; the CRD goes with the last of it. */
  function empty(crd: Stored): void {
    const [first] = customKinds(crd);
    if (!first) return;
    const kind = storageKind(first);
    for (const { metadata } of store.list(storageKey(kind)) ?? []) {
      if (metadata.deletionTimestamp !== undefined) continue;
      const { namespace, name } = metadata;
      remove(state, kind, { name, ...(namespace === undefined ? {} : { namespace }) }, { dryRun: false });
    }
    if ((store.list(storageKey(kind)) ?? []).length > 0) return;
    store.delete(of, objectKey(undefined, crd.metadata.name));
  }
  const goingOf = (kind: string): Stored | undefined =>
    (store.list(of) ?? []).find(
      (crd) =>
        crd.metadata.deletionTimestamp !== undefined &&
        customKinds(crd).some((each) => storageKey(each) === kind),
    );

  store.onChange(({ of: kind, object, previous, deleted }) => {
    if (kind === of) {
      if (deleted) {
        kinds.removeOf(object.metadata.name);
        return;
      }
      serve(object);
      if (!previous) establish(object);
      if (
        object.metadata.deletionTimestamp !== undefined &&
        previous?.metadata.deletionTimestamp === undefined
      ) {
        clock.setTimer(0, () => empty(object));
      }
    } else if (deleted) {
      const going = goingOf(kind);
      if (going) clock.setTimer(0, () => empty(going));
    }
  });
}
