import { rbacGroup, rulesOf } from '../access/roles.ts';
import { replace } from '../calls/replace.ts';
import { equalJson, type Stored } from '../json.ts';
import { selects, type LabelSelector } from '../label-selector.ts';
import { storageKey } from '../kinds/kind.ts';
import { type ServerState } from '../server-state.ts';

/** What kube-controller-manager does for roles: one with an aggregationRule gets the rules of all that it selects. */
export function runClusterRoleController(state: ServerState): void {
  const { store, clock, kinds } = state;
  const kind = kinds.find(rbacGroup, 'v1', 'clusterroles')!;
  const of = storageKey(kind);
  let isDue = false;
  const aggregates = ({ aggregationRule }: Stored): readonly LabelSelector[] =>
    (aggregationRule as { clusterRoleSelectors?: LabelSelector[] } | undefined)?.clusterRoleSelectors ?? [];

  function look(): void {
    isDue = false;
    const all = store.list(of) ?? [];
    for (const role of all) {
      const selectors = aggregates(role);
      if (selectors.length === 0) continue;
      const rules = selectors
        .flatMap((selector) => all.filter((each) => each !== role && selects(selector, each.metadata.labels)))
        .flatMap(rulesOf)
        .filter((rule, index, list) => list.findIndex((each) => equalJson(each, rule)) === index);
      if (equalJson(rulesOf(role), rules)) continue;
      replace(
        state,
        kind,
        { before: role, wanted: { ...role, rules }, isUpdate: false },
        {
          manager: 'clusterrole-aggregation-controller',
          dryRun: false,
          strict: false,
          subresource: undefined,
        },
      );
    }
  }
  store.onChange(({ of: changed }) => {
    if (changed !== of || isDue) return;
    isDue = true;
    clock.setTimer(0, look);
  });
}
