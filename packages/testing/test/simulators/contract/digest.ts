import { controllerOf, type KubeObject, type Resource } from '@stateful/reconcile-sdk';

/** What a controller has made or said, free of what no two runs share. */
export interface Digest {
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

interface Found {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/**
 * Names that are made of a hash or of chance are told by the order in which they are first met; of pods with such
 * names there are so many alike. Hashes of templates differ between the simulators and the real controllers.
 */
export function digest(namespace: string): (found: readonly Found[]) => Digest[] {
  const hashes = new Map<string, string>();
  const hashed = (hash: string): string => {
    if (!hashes.has(hash)) hashes.set(hash, `HASH${hashes.size + 1}`);
    return hashes.get(hash)!;
  };

  return (found) => {
    // Hashes are met in the order of revisions, which both know.
    for (const { resource, object } of [...found].sort((a, b) => revisionOf(a) - revisionOf(b))) {
      if (resource.kind === 'ControllerRevision' || resource.kind === 'ReplicaSet')
        hashed((object.metadata?.name ?? '').split('-').at(-1) ?? '');
    }
    const byChance = found.flatMap(({ resource, object: { metadata } }) =>
      resource.kind === 'Pod' &&
      metadata?.generateName &&
      metadata.ownerReferences?.[0]?.kind !== 'StatefulSet'
        ? [[metadata.name ?? '', metadata.generateName] as const]
        : [],
    );
    const text = (value: string): string => {
      if (instant.test(value)) return 'TIME';
      let result = value.replaceAll(uid, 'UID').replaceAll(namespace, 'NS');
      for (const [name, base] of byChance) result = result.replaceAll(name, `${base}*`);
      for (const [hash, name] of hashes) result = result.replaceAll(hash, name);
      return result;
    };
    const walk = (value: unknown): unknown => {
      if (typeof value === 'string') return text(value);
      if (Array.isArray(value)) return value.map(walk);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, child]) => [text(name), walk(child)]),
      );
    };
    return found
      .map(({ resource, object }): Digest => ({
        ...(walk({ ...partOf(resource, object), ...common(resource, object) }) as object),
        kind: resource.kind,
        name: text(nameOf(resource, object)),
      }))
      .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  };
}

const orderOf = (digest: Digest): string => `${digest.kind} ${digest.name} ${JSON.stringify(digest)}`;

const revisionOf = ({ object }: Found): number =>
  Number(
    (object as { revision?: number }).revision ??
      object.metadata?.annotations?.['deployment.kubernetes.io/revision'] ??
      0,
  );

/** Without the part that chance has made. */
function nameOf({ kind }: Resource, { metadata }: KubeObject): string {
  const { name = '', generateName } = metadata ?? {};
  const owner = metadata?.ownerReferences?.[0]?.kind;
  const isByChance = (kind === 'Pod' && owner !== 'StatefulSet') || kind === 'EndpointSlice';
  return isByChance && generateName ? `${generateName}*` : name;
}

const common = ({ kind }: Resource, object: KubeObject) => ({
  labels: object.metadata?.labels,
  // Where volumes come from, and how long endpoints took, is no affair of those that are compared.
  ...(kind === 'PersistentVolumeClaim' || kind === 'EndpointSlice'
    ? {}
    : { annotations: object.metadata?.annotations }),
  finalizers: object.metadata?.finalizers,
  going: object.metadata?.deletionTimestamp !== undefined,
  owners: object.metadata?.ownerReferences?.map(({ kind, name, controller, blockOwnerDeletion }) => ({
    kind,
    name,
    controller,
    blockOwnerDeletion,
  })),
  isControlled: controllerOf(object) !== undefined,
});

/** What matters of each kind. */
function partOf({ kind }: Resource, object: KubeObject): object {
  const { spec, status, ...rest } = object as KubeObject & {
    spec?: Record<string, unknown>;
    status?: Record<string, unknown>;
  };
  switch (kind) {
    case 'Pod':
      return {
        phase: status?.['phase'],
        image: (spec?.['containers'] as { image: string }[])[0]?.image,
        hostname: spec?.['hostname'],
        subdomain: spec?.['subdomain'],
        volumes: spec?.['volumes'],
      };
    case 'ControllerRevision':
      return { revision: (rest as { revision?: number }).revision, data: (rest as { data?: unknown }).data };
    case 'PersistentVolumeClaim':
      return { requests: spec?.['resources'] };
    case 'EndpointSlice': {
      const { endpoints, ports, addressType } = rest as Record<string, unknown>;
      return { endpoints: endpoints ?? [], ports: ports ?? [], addressType };
    }
    case 'ReplicaSet': {
      // In how many moves it was scaled depends on which pod was seen ready first.
      const { observedGeneration: _moves, ...seen } = status ?? {};
      return { replicas: spec?.['replicas'], selector: spec?.['selector'], status: seen };
    }
    default:
      return { status };
  }
}
