import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { writeAptSettings } from '../local/apt-settings.ts';
import { baseKeys, ensureBases } from '../local/base-images.ts';
import { openBuildah } from '../local/buildah.ts';
import { cacheFolder, placeOnce, repositoryRoot } from '../machine/cache.ts';
import { command } from '../machine/command.ts';
import { withLock } from '../machine/lock.ts';
import { type Log, silent, step } from '../machine/log.ts';
import { ensurePackages } from '../machine/packages.ts';
import { archiveFileName, outdatedArchives } from './archive.ts';
import { type Builder, chooseBuilder } from './builder.ts';
import { contentHash } from './content-hash.ts';
import { prepareContext } from './context.ts';
import { findImage, type ImageDefinition, type ImageName, referenceOf } from './definitions.ts';

export type BuiltImage = {
  readonly name: ImageName;
  /** Under which pods ask for it. */
  readonly reference: string;
  /** A tar as `docker save` writes it. */
  readonly archive: string;
  /** False when the archive was there already. */
  readonly built: boolean;
};

export type BuildOptions = {
  readonly log?: Log;
  /** Makes everything anew, with the newest packages. */
  readonly fresh?: boolean;
};

type Plan = ImageDefinition & {
  readonly args: Readonly<Record<string, string>>;
  readonly builder: Builder;
  readonly dockerfile: string;
  readonly contextFolder: string;
  readonly archive: string;
};

/** Raise it when the way images are put together changes and built ones must not be used any more. */
const recipe = '1';
const keptArchives = 3;

/** Brings the images, from the cache where nothing of theirs has changed. */
export async function buildImages(
  names: readonly ImageName[],
  options: BuildOptions = {},
): Promise<readonly BuiltImage[]> {
  const images: BuiltImage[] = [];
  for (const name of names) images.push(await buildImage(name, options));
  return images;
}

export async function buildImage(name: ImageName, options: BuildOptions = {}): Promise<BuiltImage> {
  const { log = silent, fresh = false } = options;
  const plan = await planImage(findImage(name), log);
  const reference = referenceOf(plan);
  if (!fresh && existsSync(plan.archive)) return { name, reference, archive: plan.archive, built: false };
  const lock = { what: 'builds images', timeoutMs: 1_800_000, log };
  return await withLock(cacheFolder('images', 'lock'), lock, async () => {
    if (fresh) await rm(plan.archive, { force: true });
    await placeOnce(plan.archive, (partial) =>
      plan.builder === 'local'
        ? buildLocally(plan, partial, fresh, log)
        : buildWithEngine(plan, plan.builder, partial, fresh, log),
    );
    await removeOutdated(plan.name);
    return { name, reference, archive: plan.archive, built: true };
  });
}

/** Where the image as it would be built now stands, and whether it does. */
export async function findArchive(
  name: ImageName,
  log: Log = silent,
): Promise<{ readonly reference: string; readonly archive: string; readonly exists: boolean }> {
  const plan = await planImage(findImage(name), log);
  return { reference: referenceOf(plan), archive: plan.archive, exists: existsSync(plan.archive) };
}

async function planImage(definition: ImageDefinition, log: Log): Promise<Plan> {
  const { name, needsBases, args = {} } = definition;
  const dockerfile = join(repositoryRoot, 'images', definition.dockerfile ?? name, 'Dockerfile');
  const { folder, key: contextKey } = await prepareContext(definition, log);
  const builder = chooseBuilder({
    wanted: process.env['STATEFUL_IMAGE_BUILDER'],
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    has: hasCommand,
  });
  const key = contentHash({
    recipe,
    builder,
    reference: referenceOf(definition),
    dockerfile: await readFile(dockerfile),
    context: contextKey,
    args: JSON.stringify(args),
    bases: needsBases && builder === 'local' ? `${baseKeys.debian} ${baseKeys.node}` : '',
  });
  const archive = cacheFolder('images', archiveFileName(name, key));
  return { ...definition, args, builder, dockerfile, contextFolder: folder, archive };
}

async function buildLocally(plan: Plan, partial: string, fresh: boolean, log: Log): Promise<void> {
  await ensurePackages(['buildah', 'mmdebstrap'], 'to build images without a container engine', log);
  const buildah = await openBuildah();
  try {
    const reference = referenceOf(plan);
    const apt = plan.needsBases
      ? await step(log, 'reading how this machine reaches its packages', ({ note }) =>
          writeAptSettings(join(buildah.workFolder, 'apt'), note),
        )
      : undefined;
    const bases = apt === undefined ? {} : await ensureBases({ buildah, apt, fresh, log });
    await step(log, `building ${reference}`, ({ note }) =>
      buildah.build({
        tag: reference,
        dockerfile: plan.dockerfile,
        context: plan.contextFolder,
        args: { ...bases, ...plan.args },
        mounts: apt?.mounts ?? {},
        fresh,
        onLine: (line) => {
          note(line);
          if (/^(\[\d+\/\d+\] )?STEP /.test(line)) log(`  ${line.slice(0, 110)}`);
        },
      }),
    );
    await step(log, `writing ${reference} to ${plan.archive}`, () =>
      buildah.exportArchive(reference, partial),
    );
  } finally {
    await buildah.close();
  }
}

async function buildWithEngine(
  plan: Plan,
  engine: string,
  partial: string,
  fresh: boolean,
  log: Log,
): Promise<void> {
  const reference = referenceOf(plan);
  const options = [
    ...['-t', reference, '-f', plan.dockerfile, ...(fresh ? ['--pull', '--no-cache'] : [])],
    ...Object.entries(plan.args).map(([name, value]) => `--build-arg=${name}=${value}`),
  ];
  await step(log, `building ${reference} with ${engine}`, async ({ note }) => {
    await command([engine, 'build', ...options, plan.contextFolder], { timeoutMs: 1_800_000, onLine: note });
    await command([engine, 'save', '-o', partial, reference], { timeoutMs: 600_000, onLine: note });
  });
}

async function removeOutdated(name: string): Promise<void> {
  const folder = cacheFolder('images');
  await mkdir(folder, { recursive: true });
  const files = await Promise.all(
    (await readdir(folder)).map(async (fileName) => ({
      fileName,
      modifiedAt: (await stat(join(folder, fileName))).mtimeMs,
    })),
  );
  for (const outdated of outdatedArchives(name, files, keptArchives))
    await rm(join(folder, outdated), { force: true });
}

function hasCommand(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
