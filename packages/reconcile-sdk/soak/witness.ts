import {
  compareResourceVersions,
  keyOf,
  keyText,
  type KubeClient,
  type KubeObject,
} from '../src/client/index.ts';
import { type Informer, type Scope } from '../src/cache/index.ts';
import { writtenKey } from './writer.ts';

/** Watches one informer as its user would, and compares what it was told with what the API server has. */
export interface Witness {
  readonly informer: Informer;
  /** For people. */
  readonly label: string;
  /** Faults that were seen at once: a version that went back, a state that nobody wrote. */
  readonly faults: readonly string[];
  /** Differences between the API server and the informer's store, and between it and what was told. */
  differences(direct: KubeClient): Promise<string[]>;
  /** Checks what was told since the last call against what was written, and forgets it. */
  audit(written: ReadonlyMap<string, ReadonlySet<string>>): void;
  told(): number;
}

export interface WitnessOptions {
  informer: Informer;
  label: string;
  scopes: readonly Scope[];
  metadataOnly: boolean;
  /** Called for every change, to drive a queue. */
  onChange?: (key: string) => void;
}

export function createWitness({ informer, label, scopes, metadataOnly, onChange }: WitnessOptions): Witness {
  const mirror = new Map<string, KubeObject>();
  const newest = new Map<string, string>();
  const toldSince = new Map<string, string[]>();
  const faults: string[] = [];
  let told = 0;
  const versionOf = (object: KubeObject | undefined): string => object?.metadata?.resourceVersion ?? '';

  informer.onChange(({ kind, object }) => {
    const key = keyText(keyOf(object));
    told++;
    if (kind === 'delete') {
      if (!mirror.delete(key)) faults.push(`${label}: ${key} was deleted without having been there`);
    } else {
      const version = versionOf(object);
      const before = newest.get(key);
      if (before !== undefined && compareResourceVersions(version, before) <= 0) {
        faults.push(`${label}: ${key} went from version ${before} to ${version}`);
      }
      mirror.set(key, object);
      newest.set(key, version);
      const versions = toldSince.get(key);
      if (versions) versions.push(version);
      else toldSince.set(key, [version]);
    }
    onChange?.(key);
  });

  return {
    informer,
    label,
    faults,
    told: () => told,
    async differences(direct) {
      const wanted = new Map<string, KubeObject>();
      for (const scope of scopes) {
        // One after the other: the writer rests, so this is one moment.
        const { items } = await direct.list(informer.resource, { ...scope, metadataOnly });
        for (const item of items) wanted.set(keyText(keyOf(item)), item);
      }
      const found: string[] = [];
      const stored = new Map(informer.store.all().map((object) => [keyText(keyOf(object)), object]));
      for (const key of new Set([...wanted.keys(), ...stored.keys(), ...mirror.keys()])) {
        const [there, here, heard] = [wanted.get(key), stored.get(key), mirror.get(key)];
        if (versionOf(there) !== versionOf(here) || there?.metadata?.uid !== here?.metadata?.uid) {
          found.push(`${label}: ${key} is ${describe(there)}, the store has ${describe(here)}`);
        } else if (heard !== here) {
          found.push(`${label}: ${key} is ${describe(here)}, the listener was told ${describe(heard)}`);
        } else if (there && here && contentOf(there) !== contentOf(here)) {
          found.push(`${label}: ${key} has the right version and other contents`);
        }
      }
      return found;
    },
    audit(written) {
      for (const [key, versions] of toldSince) {
        const { namespace, name } = mirrorKey(key);
        const known = written.get(
          writtenKey(informer.resource, { ...(namespace ? { namespace } : {}), name }),
        );
        if (!known) continue;
        for (const version of versions) {
          // A list may bring what was written before the last audit.
          if (!known.has(version) && compareResourceVersions(version, [...known][0]!) > 0) {
            faults.push(`${label}: ${key} was told in version ${version}, which nobody wrote`);
          }
        }
      }
      toldSince.clear();
      for (const key of newest.keys()) if (!mirror.has(key)) newest.delete(key);
    },
  };
}

const describe = (object: KubeObject | undefined): string =>
  object ? `at version ${object.metadata?.resourceVersion}` : 'absent';

function mirrorKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Everything but what a cache leaves out, in one order. */
function contentOf({ metadata, apiVersion: _apiVersion, kind: _kind, ...rest }: KubeObject): string {
  return JSON.stringify(
    [metadata?.labels, metadata?.annotations, metadata?.ownerReferences, rest],
    (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}
