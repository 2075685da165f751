import { copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../image/content-hash.ts';
import { command } from '../machine/command.ts';
import { type Log, step } from '../machine/log.ts';
import { type AptSettings } from './apt-settings.ts';
import { imageSuite } from './apt-sources.ts';
import { type Buildah, isolated } from './buildah.ts';

/** What debian:SUITE-slim leaves out, too. */
const leftOut = ['doc', 'info', 'linda', 'lintian', 'locale', 'man', 'groff'];
const dpkgOptions = [
  ...leftOut.map((folder) => `path-exclude=/usr/share/${folder}/*`),
  'path-include=/usr/share/doc/*/copyright',
];

/** Settings of this machine must not stay in an image. */
const cleaning = [
  'rm -f "$1/etc/apt/sources.list" "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/resolv.conf" "$1/etc/hostname"',
  'rm -rf "$1/var/cache/apt" "$1/var/log"',
  'mkdir -p "$1/var/cache/apt/archives/partial" "$1/var/log/apt"',
];

const mmdebstrap = [
  ...['mmdebstrap', '--mode=root', '--variant=minbase', '--skip=output/dev'],
  ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
  ...cleaning.map((script) => `--customize-hook=${script}`),
];

const debianDockerfile = 'FROM scratch\nADD root.tar /\nCMD ["bash"]\n';
const nodeDockerfile = 'FROM scratch\nCOPY node /usr/local/bin/node\n';

/** Names the base images; both change when the way they are made does. */
export const baseKeys = {
  debian: contentHash({ suite: imageSuite, arch: process.arch, made: mmdebstrap.join('\n') }),
  node: contentHash({ version: process.version, arch: process.arch }),
};

const debianTag = `localhost/stateful/debian:${imageSuite}-${baseKeys.debian}`;
const nodeTag = `localhost/stateful/node:${baseKeys.node}`;

export type BaseInput = {
  readonly buildah: Buildah;
  readonly apt: AptSettings;
  readonly fresh: boolean;
  readonly log: Log;
};

/** Stands in for the images that a Dockerfile would pull: the values of its arguments BASE and NODE. */
export async function ensureBases(
  input: BaseInput,
): Promise<{ readonly BASE: string; readonly NODE: string }> {
  if (input.fresh || !(await input.buildah.has(debianTag))) await makeDebian(input);
  if (!(await input.buildah.has(nodeTag))) await makeNode(input);
  return { BASE: debianTag, NODE: nodeTag };
}

async function makeDebian({ buildah, apt, log }: BaseInput): Promise<void> {
  await step(log, `making the base image Debian ${imageSuite}`, async ({ note }) => {
    const folder = join(buildah.workFolder, 'debian');
    await mkdir(folder);
    const root = join(folder, 'root.tar');
    const argv = [...isolated, ...mmdebstrap, `--aptopt=${apt.confFile}`, imageSuite, root, ...apt.sources];
    await command(argv, {
      env: { TMPDIR: buildah.workFolder },
      timeoutMs: 1_800_000,
      onLine: note,
      title: 'mmdebstrap',
    });
    await writeFile(join(folder, 'Dockerfile'), debianDockerfile);
    await buildah.build({
      tag: debianTag,
      dockerfile: join(folder, 'Dockerfile'),
      context: folder,
      squash: true,
      onLine: note,
    });
    await rm(folder, { recursive: true });
  });
}

async function makeNode({ buildah, log }: BaseInput): Promise<void> {
  await step(log, `making the base image Node ${process.version}`, async ({ note }) => {
    const folder = join(buildah.workFolder, 'node');
    await mkdir(folder);
    // The very Node that runs this: tools/ci/bootstrap.sh has brought the version that is wanted.
    await link(process.execPath, join(folder, 'node')).catch(() =>
      copyFile(process.execPath, join(folder, 'node')),
    );
    await writeFile(join(folder, 'Dockerfile'), nodeDockerfile);
    await buildah.build({
      tag: nodeTag,
      dockerfile: join(folder, 'Dockerfile'),
      context: folder,
      squash: true,
      onLine: note,
    });
    await rm(folder, { recursive: true });
  });
}
