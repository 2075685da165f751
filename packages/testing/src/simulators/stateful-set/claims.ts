import { type ObjectMeta, type OwnerReference } from '@stateful/reconcile-sdk';
import { equalJson } from '../../api-server/json.ts';
import { kinds, type LiveClaim, type LivePod } from '../kinds.ts';
import { isGoing } from '../meta.ts';
import { type Write } from '../writes.ts';
import { claimName } from './pod.ts';
import { type LiveSet } from './set.ts';

export type FindClaim = (name: string) => LiveClaim | undefined;

/** The claims that a pod still needs; `blocked` when one under its name is going. */
export function missingClaims(
  set: LiveSet,
  ordinal: number,
  find: FindClaim,
): { writes: Write[]; blocked: boolean } {
  const writes: Write[] = [];
  let blocked = false;
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = claimName(template.metadata?.name ?? '', set, ordinal);
    const held = find(name);
    if (held) blocked ||= isGoing(held);
    else {
      const metadata: ObjectMeta = {
        name,
        namespace: set.metadata.namespace!,
        labels: { ...template.metadata?.labels, ...set.spec.selector.matchLabels },
        ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      };
      writes.push({
        verb: 'create',
        resource: kinds.persistentVolumeClaims,
        object: { metadata, spec: template.spec } as never,
      });
    }
  }
  return { writes, blocked };
}

/** Who takes a claim along when it goes: the set, the pod that is scaled away, or nobody. */
export function claimOwners(
  set: LiveSet,
  ordinal: number,
  pod: LivePod | undefined,
  find: FindClaim,
): Write[] {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } =
    set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const replicas = set.spec.replicas ?? 1;
  const start = set.spec.ordinals?.start ?? 0;
  const isSurplus = ordinal >= start + replicas || ordinal < start;
  return (set.spec.volumeClaimTemplates ?? []).flatMap((template): Write[] => {
    const claim = find(claimName(template.metadata?.name ?? '', set, ordinal));
    if (!claim) return [];
    const before = claim.metadata.ownerReferences ?? [];
    const others = before.filter(({ kind, name }) => !isOurs(kind, name, set));
    const owners: OwnerReference[] = [...others];
    if (whenScaled === 'Delete' && isSurplus && pod) owners.push(reference('v1', 'Pod', pod.metadata));
    else if (whenDeleted === 'Delete' && !(whenScaled === 'Delete' && isSurplus))
      owners.push(reference('apps/v1', 'StatefulSet', set.metadata));
    if (equalJson(before, owners)) return [];
    return [
      {
        verb: 'update',
        resource: kinds.persistentVolumeClaims,
        object: { ...claim, metadata: { ...claim.metadata, ownerReferences: owners } },
      },
    ];
  });
}

const isOurs = (kind: string, name: string, set: LiveSet): boolean =>
  (kind === 'StatefulSet' && name === set.metadata.name) ||
  (kind === 'Pod' && name.startsWith(`${set.metadata.name}-`));

const reference = (
  apiVersion: string,
  kind: string,
  { name, uid }: { name: string; uid: string },
): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
