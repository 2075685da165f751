import { insert } from '../calls/insert.ts';
import { storageKey } from '../kinds/kind.ts';
import { objectKey, type ServerState } from '../server-state.ts';

/** What kube-controller-manager does for namespaces: each has a service account `default`, and has it again. */
export function runServiceAccountController(state: ServerState): void {
  const { store, clock, kinds } = state;
  const namespaces = storageKey(kinds.find('', 'v1', 'namespaces')!);
  const serviceAccounts = kinds.find('', 'v1', 'serviceaccounts')!;
  const of = storageKey(serviceAccounts);

  function ensure(namespace: string): void {
    const held = store.get(namespaces, objectKey(undefined, namespace));
    if (!held || held.metadata.deletionTimestamp !== undefined) return;
    if (store.get(of, objectKey(namespace, 'default'))) return;
    insert(state, serviceAccounts, { metadata: { namespace, name: 'default' } }, namespace, {
      manager: 'kube-controller-manager',
      dryRun: false,
      strict: false,
      subresource: undefined,
    });
  }
  store.onChange(({ of: changed, object, previous, deleted }) => {
    const { name, namespace } = object.metadata;
    if (changed === namespaces && !previous) clock.setTimer(0, () => ensure(name));
    if (changed === of && deleted && name === 'default') clock.setTimer(0, () => ensure(namespace!));
  });
}
