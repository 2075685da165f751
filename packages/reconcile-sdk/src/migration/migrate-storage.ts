import { keyOf, keyText, resources, type KubeClient, type Resource } from '../client/index.ts';
import { describeError, isConflict, isGone, isNotFound } from '../errors/index.ts';

/** Of what, with whose rights. */
export interface MigrateOptions {
  readonly client: KubeClient;
  /** The kind, in any version that is served. */
  readonly resource: Resource;
  /** Objects at a time. Default 100. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

/** What one pass did. */
export interface MigrationReport {
  /** The version that is stored now. */
  readonly version: string;
  /** `done`: no object is stored in another version, and the CRD says so. `held`: see `why`; pass again. */
  readonly state: 'done' | 'held';
  /** Objects that were written, or already were as they should be. */
  readonly written: number;
  /** Objects that could not be written, at most ten of them. */
  readonly why: readonly string[];
}

interface Definition {
  readonly version: string;
  readonly stored: readonly string[];
  /** Rises with every change of the CRD's spec, such as of the version that is stored. */
  readonly generation: number | undefined;
  readonly resourceVersion: string | undefined;
}

/** How often one object is tried that others keep writing. */
const mostTries = 5;

/**
 * One pass over all objects of a kind: each is patched with nothing but its UID and resourceVersion. The API server
 * writes what is stored in another version and leaves what is not, so a pass that was cut off is simply made again.
 * `status.storedVersions` is trimmed only after a pass in which nothing failed and the CRD stayed as it was.
 *
 * Needs all namespaces: what it cannot see it cannot vouch for. Throws OperatorError when it cannot list or read the
 * CRD.
 */
export async function migrateStorage(options: MigrateOptions): Promise<MigrationReport> {
  const { client, resource, pageSize = 100, signal } = options;
  const call = signal ? { signal } : {};
  const before = await definitionOf(options);
  const { version } = before;
  if (isTrimmed(before)) return { version, state: 'done', written: 0, why: [] };

  let written = 0;
  const why: string[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(resource, {
      ...call,
      limit: pageSize,
      metadataOnly: true,
      ...(next === undefined ? {} : { continue: next }),
    });
    for (const object of page.items) {
      const key = keyOf(object);
      const problem = await rewrite(options, key, object.metadata);
      if (problem === undefined) written += 1;
      else if (why.length < 10) why.push(`${keyText(key)}: ${problem}`);
    }
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  if (why.length > 0) return { version, state: 'held', written, why };
  const trimmed = await trim(options, before);
  return {
    version,
    state: trimmed === undefined ? 'done' : 'held',
    written,
    why: trimmed === undefined ? [] : [trimmed],
  };
}

const isTrimmed = ({ stored, version }: Definition): boolean => stored.length === 1 && stored[0] === version;

async function definitionOf({ client, resource, signal }: MigrateOptions): Promise<Definition> {
  const crd = await client.get(
    resources.customResourceDefinitions,
    { name: `${resource.plural}.${resource.group}` },
    signal ? { signal } : {},
  );
  return {
    version: crd.spec.versions.find(({ storage }) => storage)?.name ?? '',
    stored: crd.status?.storedVersions ?? [],
    generation: crd.metadata?.generation,
    resourceVersion: crd.metadata?.resourceVersion,
  };
}

/** Has one object written; gives what stands in the way. One that is gone, or was made anew, needs nothing. */
async function rewrite(
  { client, resource, signal }: MigrateOptions,
  key: { name: string; namespace?: string },
  seen: { uid?: string; resourceVersion?: string } | undefined,
): Promise<string | undefined> {
  const call = signal ? { signal } : {};
  let resourceVersion = seen?.resourceVersion;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const preconditions = { uid: seen?.uid ?? '', resourceVersion: resourceVersion ?? '' };
      await client.mergePatch(resource, key, { metadata: preconditions }, call);
      return undefined;
    } catch (error) {
      if (signal?.aborted) throw error;
      if (isNotFound(error) || isGone(error)) return undefined;
      if (!isConflict(error) || attempt === mostTries) return describeError(error);
    }
    const now = await client.find(resource, key, { ...call, metadataOnly: true });
    // Made after this pass began: stored as everything is now.
    if (!now || now.metadata?.uid !== seen?.uid) return undefined;
    resourceVersion = now.metadata?.resourceVersion;
  }
}

/** Says on the CRD that only one version is stored; gives what stands in the way. */
async function trim(options: MigrateOptions, before: Definition): Promise<string | undefined> {
  const { client, resource, signal } = options;
  const now = await definitionOf(options);
  if (now.generation !== before.generation || now.version !== before.version)
    return 'the CRD changed meanwhile: objects may have been written in another version again';
  try {
    await client.mergePatch(
      resources.customResourceDefinitions,
      { name: `${resource.plural}.${resource.group}` },
      {
        metadata: { resourceVersion: now.resourceVersion ?? '' },
        status: { storedVersions: [now.version] },
      },
      { subresource: 'status', ...(signal ? { signal } : {}) },
    );
    return undefined;
  } catch (error) {
    if (!isConflict(error)) throw error;
    return 'the CRD changed meanwhile';
  }
}
