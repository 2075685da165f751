import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LivePod } from '@stateful/testing';
import { type PathMapping } from './pod-runner-rewrite.ts';

/** Reads the data of a Secret or ConfigMap. Throws when there is none. */
export type ReadData = (
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
  name: string,
) => Record<string, Buffer>;

type PodSpec = NonNullable<LivePod['spec']>;
type Volume = NonNullable<PodSpec['volumes']>[number];
type Container = PodSpec['containers'][number];

/** Makes the folders that stand for a pod's volumes; those of claims outlive it. */
export function makeVolumes(
  pod: LivePod,
  { folder, claimFolder, read }: { folder: string; claimFolder: (claim: string) => string; read: ReadData },
): ReadonlyMap<string, string> {
  const namespace = pod.metadata.namespace ?? '';
  const made = new Map<string, string>();
  for (const volume of pod.spec?.volumes ?? []) made.set(volume.name, place(volume));
  return made;

  function place({ name, persistentVolumeClaim, emptyDir, secret, configMap }: Volume): string {
    if (persistentVolumeClaim) return claimFolder(persistentVolumeClaim.claimName);
    const path = join(folder, 'volumes', name);
    mkdirSync(path, { recursive: true });
    if (emptyDir) return path;
    const source = secret ?? configMap;
    if (!source) throw new Error(`the pod runner has no volumes of the kind of ${name}`);
    try {
      const data = read(
        secret ? 'Secret' : 'ConfigMap',
        namespace,
        secret?.secretName ?? configMap?.name ?? '',
      );
      const items = source.items ?? Object.keys(data).map((key) => ({ key, path: key }));
      for (const item of items) {
        const value = data[item.key];
        if (!value) throw new Error(`${name} has no key ${item.key}`);
        writeFileSync(join(path, item.path), value);
      }
    } catch (error) {
      if (!source.optional) throw error;
    }
    return path;
  }
}

/** What paths of a container stand for. */
export const mappingsOf = (
  { volumeMounts = [], terminationMessagePath = '/dev/termination-log' }: Container,
  volumes: ReadonlyMap<string, string>,
  { terminationLog, tmp }: { terminationLog: string; tmp: string },
): PathMapping[] => [
  { inside: terminationMessagePath, outside: terminationLog },
  { inside: '/tmp', outside: tmp },
  ...volumeMounts.flatMap(({ name, mountPath, subPath }) => {
    const volume = volumes.get(name);
    return volume === undefined
      ? []
      : [{ inside: mountPath.replace(/\/$/, ''), outside: join(volume, subPath ?? '') }];
  }),
];
