import { controllerOf, keyOf, resourceText, type KubeObject, type Resource } from '../client/index.ts';
import { type Action } from './action.ts';
import { waitingText, type DesiredChild, type GuardedDelete, type Waiting } from './child.ts';
import { appliedFields, difference } from './difference.ts';
import { ordered } from './order.ts';
import {
  adoptionHint,
  cameAfter,
  childKey,
  childText,
  isAdoptionRequested,
  isOurs,
  mark,
  marked,
  refText,
  type Family,
} from './ownership.ts';
import { type OwnedKind } from './plan.ts';

/** What a decision looks at. No I/O: caches, or whatever a test holds. */
export interface View {
  readonly family: Family;
  /** Under which our fields are owned. */
  readonly fieldManager: string;
  /** The object of that name, whosever it is. */
  find(desired: DesiredChild): KubeObject | undefined;
  /** Objects of that kind that are the parent's. */
  children(owned: OwnedKind): readonly KubeObject[];
}

/**
 * What has to be done so that exactly the wanted children exist: one action for each, those that others wait for
 * first, then deletes in the other direction. Pure. Throws bad-configuration for a plan that cannot be ordered.
 */
export function decide(
  view: View,
  owns: readonly OwnedKind[],
  plan: { children: readonly DesiredChild[] | 'leave'; deletes?: readonly GuardedDelete[] },
): Action[] {
  const named = (plan.deletes ?? []).map((wanted) => deletion(wanted));
  if (plan.children === 'leave') return named;
  const { family } = view;
  const seen = new Map<string, { desired: DesiredChild; live: KubeObject | undefined; action: Action }>();
  for (const desired of ordered(family, plan.children)) {
    const live = view.find(desired);
    const blockers = (desired.after ?? []).flatMap((ref) => {
      const other = seen.get(refText(family, ref));
      return other ? blockersOf(view, desired, live, other) : [];
    });
    const action = decideChild(view, desired, live, blockers);
    seen.set(childText(action.resource, action.key), { desired, live, action });
  }
  const applied = [...seen.values()].map(({ action }) => action);
  return [...applied, ...unwanted(view, owns, new Set(seen.keys())), ...named];
}

/** What has to be done about one child, as it was seen: in the cache, or live when the engine looks again. */
export function decideChild(
  { family, fieldManager }: Pick<View, 'family' | 'fieldManager'>,
  desired: DesiredChild,
  live: KubeObject | undefined,
  blockers: readonly Waiting[] = [],
): Action {
  const { resource } = desired;
  const key = childKey(family, desired);
  const about = { resource, key };
  const object = marked(family, desired);
  if (!live) {
    if (blockers.length > 0) return wait(about, blockers);
    return { ...about, verb: 'create', desired, object, why: 'it does not exist' };
  }
  if (!isOurs(family, resource, live)) {
    if (desired.adopt !== 'requested' || !isAdoptionRequested(family, resource, live)) {
      return { ...about, verb: 'foreign', why: foreign(family, desired, live) };
    }
    if (live.metadata?.deletionTimestamp !== undefined) return wait(about, [itself(about, live)]);
    const taken = desired.createOnly ? mark(family, desired) : object;
    const path = difference(comparable(taken), live, undefined) ?? '.metadata';
    return { ...about, verb: 'adopt', desired, object: taken, live, path, why: 'somebody asked for it' };
  }
  if (live.metadata?.deletionTimestamp !== undefined) return wait(about, [itself(about, live)]);
  if (desired.createOnly) return { ...about, verb: 'leave', why: 'it is made once and never changed' };
  const path = difference(comparable(object), live, appliedFields(live, fieldManager));
  if (path === undefined) return { ...about, verb: 'leave', why: 'it is as wanted' };
  if (desired.orderUpdates && blockers.length > 0) return wait(about, blockers);
  const shrinks = desired.shrinks ? desired.shrinks(live) : hasFewerReplicas(object, live);
  const verb = shrinks ? 'shrink' : 'apply';
  return { ...about, verb, desired, object, live, path, why: `${path} differs` };
}

/** Less of what runs is destructive whatever the kind; what else is, only its author can say. */
function hasFewerReplicas(wanted: KubeObject, live: KubeObject): boolean {
  const [to, from] = [wanted, live].map(
    (object) => (object as { spec?: { replicas?: unknown } }).spec?.replicas,
  );
  return typeof to === 'number' && typeof from === 'number' && to < from;
}

const wait = (about: { resource: Resource; key: Waiting['key'] }, waiting: readonly Waiting[]): Action => ({
  ...about,
  verb: 'wait',
  waiting,
  why: waiting.map(waitingText).join('; '),
});

/** A child that is going is made anew once it is really gone. */
const itself = (about: Pick<Waiting, 'resource' | 'key'>, live: KubeObject): Waiting => ({
  ...about,
  verb: 'create',
  on: about,
  why: 'is still going',
  ...since(live.metadata?.deletionTimestamp),
});

const since = (time: string | undefined): { since?: number } =>
  time === undefined ? {} : { since: Date.parse(time) };

/** Why `desired` may not be made, or changed, as long as `other` is as it is; empty when it may. */
function blockersOf(
  view: View,
  desired: DesiredChild,
  live: KubeObject | undefined,
  other: { desired: DesiredChild; live: KubeObject | undefined; action: Action },
): Waiting[] {
  const { resource, key } = other.action;
  const blocked = (why: string, time?: string): Waiting[] => [
    {
      verb: live ? 'update' : 'create',
      resource: desired.resource,
      key: childKey(view.family, desired),
      on: { resource, key },
      why,
      ...since(time),
    },
  ];
  if (!other.live) return blocked('does not exist yet');
  const { creationTimestamp, deletionTimestamp } = other.live.metadata ?? {};
  if (other.action.verb === 'foreign' || other.action.verb === 'adopt') return blocked('is not ours');
  if (deletionTimestamp !== undefined) return blocked('is going', deletionTimestamp);
  if (live && other.action.verb !== 'leave') return blocked('is not as wanted yet');
  switch (other.desired.readyWhen?.(other.live) ?? true) {
    case true:
      return [];
    case false:
      return blocked('is not ready', creationTimestamp);
    case 'unknown':
      return blocked('is ready or not, nobody can say', creationTimestamp);
  }
}

/** Ours, and no longer wanted: set difference (R4), those first that came after others. */
function unwanted(view: View, owns: readonly OwnedKind[], wanted: ReadonlySet<string>): Action[] {
  const all = owns.flatMap((kind) =>
    view.children(kind).map((object) => ({ kind, object, text: childText(kind.resource, keyOf(object)) })),
  );
  return all
    .filter(({ kind, text }) => !kind.keep && !wanted.has(text))
    .flatMap(({ kind, object, text }): Action[] => {
      const { resource } = kind;
      const about = { resource, key: keyOf(object) };
      if (object.metadata?.deletionTimestamp !== undefined) return [];
      const blocked = (on: Waiting['on'], why: string, time?: string): Waiting => ({
        ...about,
        verb: 'delete',
        on,
        why,
        ...since(time),
      });
      const dependents = all
        .filter((other) => isAfter(view.family, other, { resource, text, wanted }))
        .map((other) =>
          blocked(
            { resource: other.kind.resource, key: keyOf(other.object) },
            other.object.metadata?.deletionTimestamp === undefined ? 'still exists' : 'is still going',
            other.object.metadata?.deletionTimestamp,
          ),
        );
      if (dependents.length > 0) return [wait(about, dependents)];
      const answer = kind.deleteWhen?.(object) ?? true;
      if (answer !== true) {
        const why = answer === false ? 'may not be deleted yet' : 'may be deleted or not, nobody can say';
        return [wait(about, [blocked(about, why)])];
      }
      return [
        deletion({
          resource,
          object,
          isStillSo: (live) =>
            isOurs(view.family, resource, live) && (kind.deleteWhen?.(live) ?? true) === true,
          because: 'it is no longer wanted',
        }),
      ];
    });
}

/** Whether `other` has to be gone before the unwanted child `text` is deleted. */
function isAfter(
  family: Family,
  other: { kind: OwnedKind; object: KubeObject; text: string },
  { resource, text, wanted }: { resource: Resource; text: string; wanted: ReadonlySet<string> },
): boolean {
  // What is kept for ever would hold it for ever.
  if (other.text === text || (other.kind.keep && !wanted.has(other.text))) return false;
  if (cameAfter(family, other.object).includes(text)) return true;
  return (
    !wanted.has(other.text) &&
    (other.kind.goneBefore ?? []).some((kind) => resourceText(kind) === resourceText(resource))
  );
}

const deletion = (wanted: GuardedDelete): Action => ({
  verb: 'delete',
  resource: wanted.resource,
  key: keyOf(wanted.object),
  wanted,
  why: wanted.because,
});

function foreign(family: Family, desired: DesiredChild, live: KubeObject): string {
  const key = childKey(family, desired);
  const owner = controllerOf(live);
  const whose = owner ? `belongs to ${owner.kind} ${owner.name}` : 'was not made by this operator';
  const ask =
    desired.adopt === 'requested' && !owner
      ? ` To have it taken over, ${adoptionHint(family, desired.resource, key)}.`
      : '';
  return `${desired.resource.kind} ${key.name} exists already and ${whose}; it is left alone. Rename or remove it, or give the ${family.resource.kind} another name.${ask}`;
}

/** Kind and version are the resource's; comparing them with a stored object says nothing. */
function comparable(object: KubeObject): KubeObject {
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  return rest;
}
