import { existsSync } from 'node:fs';
import { link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, type BundleFile, type BundleInput } from '../bundle/bundle.ts';
import { etcdBinary, etcdKey, etcdPrograms } from '../etcd/etcd-binary.ts';
import { cacheFolder, placeOnce, repositoryRoot } from '../machine/cache.ts';
import { type Log } from '../machine/log.ts';
import { versitygwBinary, versitygwVersion } from '../s3/versitygw.ts';
import { contentHash } from './content-hash.ts';
import { findImage, type ImageDefinition, type ImageName } from './definitions.ts';

export type PreparedContext = { readonly folder: string; readonly key: string };

/** One time for all files, or an unchanged bundle would be a changed layer. */
const fixedTime = new Date('2026-01-01T00:00:00Z');

/** The folder that an image is built from, made of what the working copy holds now. */
export async function prepareContext({ name, context }: ImageDefinition, log: Log): Promise<PreparedContext> {
  if (context.kind === 'versitygw') {
    const binary = await versitygwBinary(log);
    const key = contentHash({ versitygw: versitygwVersion, arch: process.arch });
    return { key, folder: await placeOnce(contextFolder(name, key), (partial) => linkInto(partial, binary)) };
  }
  if (context.kind === 'etcd') {
    const binary = await etcdBinary(log);
    const key = await etcdKey();
    const folder = await placeOnce(contextFolder(name, key), async (partial) => {
      const bin = join(partial, 'bin');
      await mkdir(bin, { recursive: true });
      const [first, ...others] = etcdPrograms;
      await link(binary, join(bin, first));
      for (const other of others) await symlink(first, join(bin, other));
    });
    return { key, folder };
  }
  const files = await bundleAll(name, context.files);
  const key = contentHash(Object.fromEntries(files.map((file) => [file.name, file.contents])));
  const folder = await placeOnce(contextFolder(name, key), async (partial) => {
    await mkdir(partial);
    for (const file of files) {
      const path = join(partial, file.name);
      await writeFile(path, file.contents, { mode: 0o644 });
      await utimes(path, fixedTime, fixedTime);
    }
  });
  return { folder, key };
}

async function bundleAll(name: string, inputs: readonly BundleInput[]): Promise<readonly BundleFile[]> {
  for (const { entry } of inputs) {
    if (!existsSync(join(repositoryRoot, entry))) {
      throw new Error(`the image ${name} holds ${entry}, which does not exist in ${repositoryRoot}`);
    }
  }
  return (await Promise.all(inputs.map((input) => bundle(input)))).flat();
}

/** The files of a program as its image holds them, for those who run it without an image. */
export async function operatorBundle(name: ImageName): Promise<readonly BundleFile[]> {
  const { context } = findImage(name);
  if (context.kind !== 'bundle') throw new Error(`the image ${name} holds no bundle`);
  return bundleAll(name, context.files);
}

const contextFolder = (name: string, key: string): string =>
  cacheFolder('images', 'contexts', `${name}-${key}`);

async function linkInto(folder: string, binary: string): Promise<void> {
  await mkdir(folder);
  await link(binary, join(folder, 'versitygw'));
}
