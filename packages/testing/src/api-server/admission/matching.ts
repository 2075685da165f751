import { compile } from '../cel/environment.ts';
import { plain } from '../cel/values.ts';
import { type Stored } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { selects } from '../label-selector.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { type Attempt } from './attempt.ts';
import { type Webhook, type WebhookRule } from './webhook.ts';

/** Which version of the kind a webhook wants to be asked about; undefined when it is not to be asked. */
export function wantedKind(
  state: Pick<ServerState, 'kinds'>,
  hook: Webhook,
  attempt: Attempt,
): Kind | undefined {
  const { kind } = attempt;
  const fits = (version: Kind): boolean =>
    (hook.rules ?? []).some((rule) => ruleFits(rule, version, attempt));
  if (fits(kind)) return kind;
  if (hook.matchPolicy === 'Exact') return undefined;
  return state.kinds
    .all()
    .find((each) => each.group === kind.group && each.plural === kind.plural && each !== kind && fits(each));
}

function ruleFits(
  rule: WebhookRule,
  { group, version, plural, namespaced }: Kind,
  attempt: Attempt,
): boolean {
  const { subresource, operation } = attempt;
  const { scope = '*' } = rule as { scope?: string };
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    rule.resources.some((resource) => {
      const [wanted, sub] = resource.split('/');
      return (
        (wanted === '*' || wanted === plural) &&
        (sub === undefined ? subresource === undefined : sub === '*' || sub === subresource)
      );
    }) &&
    (scope === '*' || (scope === 'Namespaced') === namespaced)
  );
}

/** Whether the selectors of a webhook mean the object, or its namespace. */
export function isSelected(state: ServerState, hook: Webhook, attempt: Attempt): boolean {
  const { kind, namespace, object, oldObject } = attempt;
  if (!namespaceFits(state, hook, kind, namespace, object ?? oldObject)) return false;
  // What leaves the selection is told of, too.
  return [object, oldObject].some(
    (each) => each !== undefined && selects(hook.objectSelector ?? {}, each.metadata.labels),
  );
}

function namespaceFits(
  { store }: ServerState,
  { namespaceSelector = {} }: Webhook,
  kind: Kind,
  namespace: string | undefined,
  object: Stored | undefined,
): boolean {
  if (kind.group === '' && kind.plural === 'namespaces')
    return selects(namespaceSelector, object?.metadata.labels);
  if (namespace === undefined) return true;
  return selects(
    namespaceSelector,
    store.get('namespaces.', objectKey(undefined, namespace))?.metadata.labels,
  );
}

/** Whether all conditions hold. Throws what goes wrong in one that is not overruled by another's no. */
export function conditionsHold(
  { matchConditions = [] }: Webhook,
  request: object,
  attempt: Attempt,
): boolean {
  if (matchConditions.length === 0) return true;
  const variables = {
    object: plain(attempt.object ?? null),
    oldObject: plain(attempt.oldObject ?? null),
    request: plain(request),
  };
  let problem: unknown;
  for (const { expression } of matchConditions) {
    try {
      if (compile(expression)(variables) !== true) return false;
    } catch (error) {
      problem ??= error;
    }
  }
  if (problem !== undefined) throw problem as Error;
  return true;
}
