import {
  apiVersionOf,
  controllerOf,
  keyOf,
  keyText,
  parseKey,
  resourceText,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../client/index.ts';
import { type DesiredChild } from './child.ts';
import { type Parent } from './plan.ts';

/** Whose children are looked at. */
export interface Family {
  readonly parent: Parent;
  /** The parent's kind. */
  readonly resource: Resource;
}

/**
 * Labels and annotations of the engine carry the parent's API group, so that two operators never meet in one. The
 * core group has no name.
 */
const name = (family: Pick<Family, 'resource'>, word: string): string =>
  `${family.resource.group || 'reconcile'}/${word}`;
export const parentUidLabel = (resource: Resource): string => name({ resource }, 'parent-uid');

/** One kind and one place in one word: how children are told apart. */
export const childText = (resource: Resource, key: ObjectKey): string =>
  `${resourceText(resource)} ${keyText(key)}`;

/** Where a child stands: its own namespace if it names one, else the parent's. */
export function childKey(
  { parent }: Family,
  { resource, object }: Pick<DesiredChild, 'resource' | 'object'>,
) {
  const namespace = object.metadata?.namespace ?? parent.metadata?.namespace;
  return {
    ...(resource.namespaced && namespace ? { namespace } : {}),
    name: object.metadata?.name ?? '',
  } satisfies ObjectKey;
}

/** An owner reference cannot leave the parent's namespace; a cluster-scoped parent reaches everywhere. */
export function isElsewhere({ parent }: Family, resource: Resource, key: ObjectKey): boolean {
  const home = parent.metadata?.namespace;
  return home !== undefined && (!resource.namespaced || key.namespace !== home);
}

/** R1: by UID, in the owner reference that controls it or in our label; never by name alone. */
export function isOurs(family: Family, resource: Resource, object: KubeObject): boolean {
  const uid = family.parent.metadata?.uid;
  if (uid === undefined) return false;
  if (!isElsewhere(family, resource, keyOf(object))) return controllerOf(object)?.uid === uid;
  return (
    object.metadata?.labels?.[parentUidLabel(family.resource)] === uid &&
    object.metadata.annotations?.[name(family, 'parent')] === parentText(family)
  );
}

const parentText = ({ parent, resource }: Family): string => `${resource.plural}/${keyText(keyOf(parent))}`;

/** The parent that a changed child wakes, or undefined when it is none of that kind's. */
export function parentKeyOf(resource: Resource, object: KubeObject): ObjectKey | undefined {
  const owner = controllerOf(object);
  if (owner?.kind === resource.kind && owner.apiVersion.startsWith(`${resource.group}/`)) {
    const namespace = resource.namespaced ? object.metadata?.namespace : undefined;
    return { ...(namespace ? { namespace } : {}), name: owner.name };
  }
  const [plural, ...rest] = object.metadata?.annotations?.[name({ resource }, 'parent')]?.split('/') ?? [];
  return plural === resource.plural && rest.length > 0 ? parseKey(rest.join('/')) : undefined;
}

/** The child as it is applied: in its place, marked as its parent's, and with what it came after. */
export function marked(family: Family, desired: DesiredChild): KubeObject {
  const { object, resource } = desired;
  const { parent } = family;
  const key = childKey(family, desired);
  const after = (desired.after ?? []).map((ref) => refText(family, ref)).sort();
  const elsewhere = isElsewhere(family, resource, key);
  const annotations = {
    ...(after.length > 0 ? { [name(family, 'after')]: after.join(',') } : {}),
    ...(elsewhere ? { [name(family, 'parent')]: parentText(family) } : {}),
  };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(key.namespace ? { namespace: key.namespace } : {}),
      ...(Object.keys(annotations).length > 0
        ? { annotations: { ...object.metadata?.annotations, ...annotations } }
        : {}),
      ...(elsewhere
        ? {
            labels: {
              ...object.metadata?.labels,
              [parentUidLabel(family.resource)]: parent.metadata?.uid ?? '',
            },
          }
        : { ownerReferences: [ownerReference(family)] }),
    },
  };
}

/** Only what makes it ours: how an object is taken over whose contents are left as they are. */
export function mark(family: Family, desired: DesiredChild): KubeObject {
  const { metadata } = marked(family, { ...desired, object: { metadata: childKey(family, desired) } });
  return metadata ? { metadata } : {};
}

function ownerReference({ parent, resource }: Family) {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: parent.metadata?.name ?? '',
    uid: parent.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `statefulsets.apps NAMESPACE/NAME` of a child that another one names. */
export const refText = (
  family: Family,
  ref: { resource: Resource; name: string; namespace?: string },
): string =>
  childText(
    ref.resource,
    childKey(family, {
      resource: ref.resource,
      object: { metadata: { name: ref.name, ...(ref.namespace ? { namespace: ref.namespace } : {}) } },
    }),
  );

/** What that child came after when it was last applied, as `refText`: deleting goes the other way round. */
export const cameAfter = (family: Family, object: KubeObject): readonly string[] =>
  object.metadata?.annotations?.[name(family, 'after')]?.split(',') ?? [];

/**
 * Whether somebody asked for a foreign object to be taken over. On the parent one can only name objects of its own
 * namespace: whoever may write there must not reach into others' through the operator's rights.
 */
export function isAdoptionRequested(family: Family, resource: Resource, live: KubeObject): boolean {
  if (controllerOf(live)) return false;
  const { uid, annotations } = family.parent.metadata ?? {};
  if (uid !== undefined && live.metadata?.annotations?.[name(family, 'adopt-into')] === uid) return true;
  if (isElsewhere(family, resource, keyOf(live))) return false;
  const asked = annotations?.[name(family, 'adopt')]?.split(',').map((item) => item.trim()) ?? [];
  return asked.includes(`${resource.kind}/${live.metadata?.name}`);
}

/** How to ask for it, for people. */
export const adoptionHint = (family: Family, resource: Resource, key: ObjectKey): string =>
  isElsewhere(family, resource, key)
    ? `annotate it with ${name(family, 'adopt-into')}=${family.parent.metadata?.uid}`
    : `annotate the ${family.resource.kind} with ${name(family, 'adopt')}=${resource.kind}/${key.name}`;

/** The value of one of the engine's annotations on the parent. */
export const parentAnnotation = (family: Family, word: string): string | undefined =>
  family.parent.metadata?.annotations?.[name(family, word)];
