import { isFields, type Fields } from '../json.ts';
import { named } from './authenticate.ts';
import { type PolicyRule } from './policy-rule.ts';
import { type GrantedRules } from './rights.ts';
import { isSubject, type Subject } from './roles.ts';

/**
 * What manifests (of a chart, say) give to a user: the rules of every Role and ClusterRole among them that a binding
 * among them gives him. Objects of other kinds may stand between.
 */
export function grantedBy(manifests: readonly unknown[], user: string): GrantedRules[] {
  const objects = manifests.filter(isFields);
  const who = named(user);
  const roleOf = (kind: string, name: string, namespace: string | undefined): Fields | undefined =>
    objects.find((object) => {
      const at = metadataOf(object);
      return (
        object['kind'] === kind && at.name === name && (kind === 'ClusterRole' || at.namespace === namespace)
      );
    });
  return objects.flatMap((binding) => {
    if (binding['kind'] !== 'RoleBinding' && binding['kind'] !== 'ClusterRoleBinding') return [];
    const where = binding['kind'] === 'RoleBinding' ? metadataOf(binding).namespace : undefined;
    const subjects = (binding['subjects'] ?? []) as Subject[];
    if (!subjects.some((each) => isSubject(each, who, where))) return [];
    const ref = binding['roleRef'] as { kind: string; name: string };
    const rules = (roleOf(ref.kind, ref.name, where)?.['rules'] ?? []) as PolicyRule[];
    return [{ rules, ...(where === undefined ? {} : { namespace: where }) }];
  });
}

const metadataOf = (object: Fields): { name?: string; namespace?: string } =>
  isFields(object['metadata']) ? object['metadata'] : {};
