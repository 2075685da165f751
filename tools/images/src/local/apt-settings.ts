import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../machine/command.ts';
import { type Log } from '../machine/log.ts';
import { updatePackageLists } from '../machine/packages.ts';
import {
  connectionSettings,
  imageSources,
  imageSuite,
  indexFormat,
  parseIndexes,
  parseOsRelease,
} from './apt-sources.ts';

export type AptSettings = {
  readonly sources: readonly string[];
  /** Folders to stand at these paths while packages are installed in an image; nothing of them stays in it. */
  readonly mounts: Readonly<Record<string, string>>;
  readonly confFile: string;
};

const certificates = '/etc/ssl/certs/ca-certificates.crt';

/** How this machine reaches Debian's packages, written into `folder` for use inside an image build. */
export async function writeAptSettings(folder: string, note: Log): Promise<AptSettings> {
  const sources = await readSources(note);
  const sourcesFolder = join(folder, 'sources.list.d');
  const confFolder = join(folder, 'apt.conf.d');
  await mkdir(sourcesFolder, { recursive: true });
  await mkdir(confFolder, { recursive: true });
  await writeFile(join(sourcesFolder, 'build.list'), `${sources.join('\n')}\n`);
  const settings = [...connectionSettings(await command(['apt-config', 'dump'], { timeoutMs: 30_000 }))];
  if (sources.some((line) => line.startsWith('deb https:'))) {
    // A fresh root knows no certificate authority yet.
    await copyFile(certificates, join(confFolder, 'certificates.crt'));
    settings.push('Acquire::https::CaInfo "/etc/apt/apt.conf.d/certificates.crt";');
  }
  const confFile = join(confFolder, '90build.conf');
  await writeFile(confFile, `${settings.join('\n')}\n`);
  return {
    sources,
    confFile,
    mounts: { '/etc/apt/sources.list.d': sourcesFolder, '/etc/apt/apt.conf.d': confFolder },
  };
}

async function readSources(note: Log): Promise<readonly string[]> {
  const { id, codename } = parseOsRelease(await readFile('/etc/os-release', 'utf8'));
  const ask = async (): Promise<readonly string[]> => {
    const argv = ['apt-get', 'indextargets', '--format', indexFormat, 'Created-By: Packages'];
    return imageSources(parseIndexes(await command(argv, { timeoutMs: 60_000 })), codename);
  };
  const known = await ask();
  if (known.length > 0) return known;
  await updatePackageLists(note);
  const sources = await ask();
  if (sources.length > 0) return sources;
  throw new Error(
    `no package source of Debian is known to this machine (${id} ${codename}), so no ${imageSuite} image can be made ` +
      'here: use STATEFUL_IMAGE_BUILDER=docker or podman',
  );
}
