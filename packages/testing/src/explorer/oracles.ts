import { type Fault } from '../faults/index.ts';
import { storageKey } from '../api-server/kinds/kind.ts';
import { type Stored } from '../api-server/json.ts';
import { type Change } from '../api-server/index.ts';
import { type Exchange } from '../simulation/index.ts';
import { countDifferences, countsOf } from './counts.ts';
import { differences } from './picture.ts';
import { type Run } from './run.ts';
import { type SystemUnderTest } from './system.ts';

/** What must hold of every run, next to the one without faults. Gives what does not, for people. */
export type Oracle = (run: Run, reference: Run, system: SystemUnderTest) => string[];

/** The user did not wait: what was never seen was never made. */
const isHurried = ({ faults }: Run): boolean => faults.some((fault: Fault) => fault.do === 'next-step');

/** O1: it comes to rest after each step, as the run without faults did. */
export const converges: Oracle = (run, reference) => [
  ...run.restless.map((step) => `O1: it does not come to rest after "${step}"`),
  ...run.ends.flatMap((end, index) => {
    const wanted = reference.ends[index];
    return end && wanted
      ? differences(end, wanted).map((text) => `O1: after step ${index + 1}: ${text}`)
      : [];
  }),
];

/** O2: at rest it writes nothing. */
export const goesQuiet: Oracle = ({ lateWrites }) =>
  lateWrites.map((what) => `O2: written while at rest: ${what}`);

/** O3: each object is made and deleted as often as in the run without faults, as far as both went. */
export const sameCounts: Oracle = (run, reference, system) => {
  const last = run.ends.findLastIndex((end) => end !== undefined);
  const wanted = countsOf(reference.changes.slice(0, reference.changesAt[last]), system);
  return countDifferences(countsOf(run.changes, system), wanted, isHurried(run)).map((text) => `O3: ${text}`);
};

interface Preconditions {
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** O4: what destroys is bound to UID and resourceVersion, and follows a read past the cache. */
export const guarded: Oracle = ({ exchanges, changes }) => {
  const byVersion = new Map(changes.map((change) => [String(change.revision), change]));
  const read = new Map<string, { uid?: string; resourceVersion?: string }>();
  return exchanges.flatMap(({ process, call, body, error }: Exchange) => {
    const about = `${process} ${call.path}`;
    const meta = (body as { metadata?: { uid?: string; resourceVersion?: string } } | undefined)?.metadata;
    if (call.kind === 'read') {
      if (meta?.uid !== undefined) read.set(about, meta);
      return [];
    }
    if (call.method === 'DELETE') {
      const { uid, resourceVersion } = (call.body as Preconditions | undefined)?.preconditions ?? {};
      if (uid === undefined || resourceVersion === undefined)
        return [`O4: ${call.what} is not bound to UID and resourceVersion`];
      const seen = read.get(about);
      return seen?.uid === uid && seen.resourceVersion === resourceVersion
        ? []
        : [`O4: ${call.what} does not follow a live read`];
    }
    if (error || meta?.resourceVersion === undefined) return [];
    const change = byVersion.get(meta.resourceVersion);
    const loss = change?.previous && lossOf(change.previous, change.object);
    if (loss === undefined) return [];
    return JSON.stringify(call.body).includes('resourceVersion')
      ? []
      : [`O4: ${call.what} ${loss} and is not bound to a resourceVersion`];
  });
};

/** What a write took away that cannot be had again. */
function lossOf(before: Stored, after: Stored): string | undefined {
  const replicas = ({ spec }: { spec?: { replicas?: number } }): number => spec?.replicas ?? 0;
  if ((before.metadata.finalizers ?? []).some((name) => !after.metadata.finalizers?.includes(name)))
    return 'takes a finalizer away';
  if (replicas(after as object) < replicas(before as object)) return 'shrinks it';
  return undefined;
}

interface Told {
  status?: { conditions?: { type: string; status: string; observedGeneration?: number }[] };
}
const readyOf = (object: Stored): { status: string; observedGeneration?: number } | undefined =>
  (object as Told).status?.conditions?.find(({ type }) => type === 'Ready');

/** O7: Ready is never true for a generation while something of what it stands for does not exist. */
export const honest: Oracle = (run, reference, system) => {
  const wanted = new Map<string, ReadonlySet<string>>();
  replay(reference.changes, system, (parent, children) => {
    // What exists at the first Ready of each generation is what that generation stands for.
    const name = generationOf(parent);
    if (!wanted.has(name) && isReady(parent)) wanted.set(name, new Set(children));
  });
  const wrong: string[] = [];
  replay(run.changes, system, (parent, children, deleted) => {
    if (deleted) return;
    if (!isReady(parent) || isHurried(run)) return;
    const missing = [...(wanted.get(generationOf(parent)) ?? [])].filter((name) => !children.has(name));
    if (missing.length > 0)
      wrong.push(
        `O7: ${parent.metadata.name} says Ready at generation ${parent.metadata.generation} without ${missing.join()}`,
      );
  });
  return wrong;
};

const isReady = (object: Stored): boolean => {
  const ready = readyOf(object);
  return ready?.status === 'True' && ready.observedGeneration === object.metadata.generation;
};
const generationOf = ({ metadata }: Stored): string => `${metadata.name} ${metadata.generation}`;

/** Goes through what was stored, and says at each change of a parent which of its children there were. */
function replay(
  changes: readonly Change[],
  system: SystemUnderTest,
  atParent: (parent: Stored, children: Set<string>, deleted: boolean) => void,
): void {
  const parents = storageKey(system.parents);
  const managed = new Set(system.managed.map(storageKey));
  const owned = new Map<string, Set<string>>();
  for (const { of, key, object, deleted } of changes) {
    for (const { uid } of managed.has(of) ? (object.metadata.ownerReferences ?? []) : []) {
      const children = owned.get(uid) ?? new Set();
      owned.set(uid, children);
      if (deleted) children.delete(`${of} ${key}`);
      else children.add(`${of} ${key}`);
    }
    if (of === parents) atParent(object, owned.get(object.metadata.uid) ?? new Set(), deleted);
  }
}

/** O8: it neither ends nor meets a mistake in its own code. */
export const alive: Oracle = ({ mishaps }) => mishaps.map((text) => `O8: ${text}`);

/** O2: no write is made that changes nothing. */
export const noEmptyWrites: Oracle = ({ exchanges, changes }) => {
  const versions = new Set(changes.map(({ revision }) => String(revision)));
  const made = new Set<string>();
  return exchanges.flatMap(({ call, body, error }) => {
    const version = (body as { metadata?: { resourceVersion?: string } } | undefined)?.metadata
      ?.resourceVersion;
    if (call.kind !== 'write' || call.method === 'DELETE' || error || version === undefined) return [];
    const isEmpty = made.has(version) || !versions.has(version);
    made.add(version);
    return isEmpty ? [`O2: ${call.what} changes nothing`] : [];
  });
};

/** All of them. */
export const oracles: readonly Oracle[] = [converges, goesQuiet, sameCounts, guarded, honest, alive];
