import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CustomResourceDefinition, type Exception } from '../custom-resource-definition.ts';
import { type Problem } from '../lint/problem.ts';
import { incompatibilities } from './compare.ts';

/** CRDs as they were released: `FOLDER/VERSION/NAME.json`, kept for ever. */
export interface Release {
  /** `1.2.0` */
  readonly version: string;
  readonly crds: readonly CustomResourceDefinition[];
}

/** The newest release in a folder; undefined when nothing was released yet. */
export function lastRelease(folder: string): Release | undefined {
  const versions = existsSync(folder) ? readdirSync(folder).filter((name) => isVersion(name)) : [];
  const version = versions.sort(byVersion).at(-1);
  if (version === undefined) return undefined;
  const crds = readdirSync(join(folder, version)).map(
    (name) => JSON.parse(readFileSync(join(folder, version, name), 'utf8')) as CustomResourceDefinition,
  );
  return { version, crds };
}

/** Keeps CRDs as those of a release. What was released is never changed: throws when the version is there. */
export function keepRelease(folder: string, { version, crds }: Release): void {
  if (!isVersion(version)) throw new Error(`"${version}" is no version; it must be like 1.2.0`);
  const place = join(folder, version);
  if (existsSync(place)) throw new Error(`${place} is there: what was released is never changed`);
  mkdirSync(place, { recursive: true });
  for (const crd of crds)
    writeFileSync(join(place, `${crd.metadata.name}.json`), `${JSON.stringify(crd, null, 2)}\n`);
}

/** What in CRDs would break users of the last release in a folder; nothing when there was none. */
export function breaksRelease(
  folder: string,
  crds: readonly CustomResourceDefinition[],
  exceptions: readonly Exception[] = [],
): Problem[] {
  return (lastRelease(folder)?.crds ?? []).flatMap((released) => {
    const now = crds.find(({ metadata }) => metadata.name === released.metadata.name);
    if (now) return incompatibilities(released, now, exceptions);
    return [
      {
        rule: 'kind-stays',
        version: '*',
        path: '',
        message: `${released.metadata.name} is gone, and all objects with it`,
      },
    ];
  });
}

const isVersion = (name: string): boolean => /^\d+\.\d+\.\d+$/.test(name);

function byVersion(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (x[2] ?? 0) - (y[2] ?? 0);
}
