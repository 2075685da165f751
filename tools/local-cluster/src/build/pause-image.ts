import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Log, terminalLog } from '../progress.ts';
import { goBuild } from './go-build.ts';
import { tarArchive, type TarEntry } from './tar.ts';

/** The path of an image archive (docker-archive) of the sandbox image, built on first use. */
export async function pauseImageArchive(imageName: string, log: Log = terminalLog()): Promise<string> {
  const binary = await goBuild(
    { name: 'pause', source: join(import.meta.dirname, '../../pause'), ldflags: '-s -w' },
    log,
  );
  const archive = join(dirname(binary), 'pause.tar');
  if (!existsSync(archive)) {
    const partial = `${archive}.${process.pid}`;
    writeFileSync(partial, dockerArchive(imageName, readFileSync(binary)));
    renameSync(partial, archive);
  }
  return archive;
}

/** An image of one layer with one program, which it runs. */
export function dockerArchive(imageName: string, program: Uint8Array): Buffer {
  const layer = tarArchive([{ name: 'pause', mode: 0o755, content: program }]);
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'local-cluster' }],
  });
  const configName = `${sha256(config)}.json`;
  const file = (name: string, content: Buffer): TarEntry => ({ name, mode: 0o644, content });
  return tarArchive([
    file('layer.tar', layer),
    file(configName, config),
    file('manifest.json', json([{ Config: configName, RepoTags: [imageName], Layers: ['layer.tar'] }])),
  ]);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
