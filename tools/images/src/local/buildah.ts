import { mkdir, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../machine/cache.ts';
import { command, tryCommand } from '../machine/command.ts';
import { type Log } from '../machine/log.ts';

export type BuildRequest = {
  readonly tag: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly mounts?: Readonly<Record<string, string>>;
  /** One layer rather than one per step, and none of them kept. */
  readonly squash?: boolean;
  readonly fresh?: boolean;
  readonly onLine: Log;
};

export type Buildah = {
  readonly has: (tag: string) => Promise<boolean>;
  readonly build: (request: BuildRequest) => Promise<void>;
  readonly exportArchive: (tag: string, path: string) => Promise<void>;
  /** For everything that belongs to this build alone; gone at its end. */
  readonly workFolder: string;
  readonly close: () => Promise<void>;
};

/**
 * Before a command: it gets mounts and processes of its own, and the kernel ends all of them together with this
 * process. A build that is killed, however hard, leaves nothing mounted and nothing running.
 */
export const isolated = [
  ...['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--propagation', 'private'],
  ...['--pid', '--fork', '--kill-child', '--mount-proc', '--'],
] as const;

const overlayMagic = 0x794c7630;
const workPrefix = 'work-';

/** Opens the images' own storage. The caller holds the lock: what an earlier build left over is removed. */
export async function openBuildah(): Promise<Buildah> {
  const home = cacheFolder('images');
  const storage = join(home, 'storage');
  await mkdir(storage, { recursive: true });
  for (const name of await readdir(home)) {
    if (name.startsWith(workPrefix)) await rm(join(home, name), { recursive: true, force: true });
  }
  const workFolder = await mkdtemp(join(home, workPrefix));
  // The kernel does not stack overlay on overlay (inside a container).
  const driver = (await statfs(storage)).type === overlayMagic ? 'vfs' : 'overlay';
  const buildah = (...args: readonly string[]): readonly string[] => [
    ...isolated,
    'buildah',
    // A state folder of each run's own: what a killed run believed to be mounted is not believed again.
    ...['--root', storage, '--runroot', join(workFolder, 'run'), '--storage-driver', driver, ...args],
  ];
  const env = { TMPDIR: workFolder, BUILDAH_ISOLATION: 'chroot' };
  const timeoutMs = 1_800_000;
  await command(buildah('rm', '--all'), { env, timeoutMs, title: 'buildah rm --all' });

  return {
    workFolder,
    has: async (tag) => {
      const { code } = await tryCommand(buildah('inspect', '--type', 'image', tag), { env, timeoutMs });
      return code === 0;
    },
    build: async (request) => {
      const options = [
        ...Object.entries(request.args ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
        ...Object.entries(request.mounts ?? {}).map(([inside, outside]) => `--volume=${outside}:${inside}`),
        request.squash === true ? '--squash' : '--layers',
        ...(request.fresh === true ? ['--no-cache'] : []),
      ];
      await command(
        buildah(
          'bud',
          '--pull-never',
          ...options,
          '-t',
          request.tag,
          '-f',
          request.dockerfile,
          request.context,
        ),
        { env, timeoutMs, onLine: request.onLine, title: `buildah bud -f ${request.dockerfile}` },
      );
    },
    exportArchive: async (tag, path) => {
      await command(buildah('push', tag, `docker-archive:${path}:${tag}`), {
        env,
        timeoutMs,
        title: `buildah push ${tag}`,
      });
    },
    close: () => rm(workFolder, { recursive: true, force: true }),
  };
}
