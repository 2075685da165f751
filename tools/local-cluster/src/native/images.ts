import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileHash } from '../build/content-hash.ts';
import { type Log, seconds } from '../progress.ts';
import { type Layout, type NodeLayout } from './layout.ts';
import { nodeFiles } from './node-config.ts';
import { runInNode } from './node.ts';

const importTimeoutMs = 300_000;

/** Image names by the hash of the archive they came in. */
type Loaded = Readonly<Record<string, readonly string[]>>;

/**
 * Brings image archives (docker-archive or OCI layout) into the containerd of every node. An archive of
 * the same content is not loaded twice. Returns the names of the images.
 */
export async function loadImages(
  layout: Layout,
  nodes: readonly NodeLayout[],
  archives: readonly string[],
  log: Log,
): Promise<readonly string[]> {
  for (const archive of archives) {
    if (!existsSync(archive)) throw new Error(`There is no image archive ${archive}`);
  }
  const hashed = await Promise.all(
    archives.map(async (archive) => ({ archive, hash: await fileHash(archive) })),
  );
  const names = await Promise.all(nodes.map((node) => loadIntoNode(layout, node, hashed, log)));
  return [...new Set(names.flat())];
}

async function loadIntoNode(
  layout: Layout,
  node: NodeLayout,
  archives: readonly { readonly archive: string; readonly hash: string }[],
  log: Log,
): Promise<readonly string[]> {
  const present = new Set((await ctr(layout, node, 'images', 'ls', '-q')).split('\n'));
  const names: string[] = [];
  for (const { archive, hash } of archives) {
    const known = readLoaded(node)[hash];
    if (known?.every((name) => present.has(name)) === true) {
      names.push(...known);
      continue;
    }
    const startedAt = performance.now();
    const imported = parseImported(await ctr(layout, node, 'images', 'import', archive));
    if (imported.length === 0) {
      throw new Error(`${archive} holds no image with a name: it needs RepoTags, or an OCI annotation`);
    }
    writeLoaded(node, { ...withoutNames(readLoaded(node), imported), [hash]: imported });
    names.push(...imported);
    log(`${node.name}: ${basename(archive)} loaded in ${seconds(performance.now() - startedAt)}`);
  }
  return names;
}

const ctr = (layout: Layout, node: NodeLayout, ...args: readonly string[]): Promise<string> =>
  runInNode(layout, node, ['ctr', '--namespace', 'k8s.io', ...args], importTimeoutMs);

/** Names of images from what `ctr images import` says: "unpacking NAME (sha256:...)...done". */
export function parseImported(output: string): readonly string[] {
  return [...output.matchAll(/^unpacking (\S+) \(sha256:/gm)].map((match) => match[1] ?? '');
}

/** A name that was loaded again from another archive no longer belongs to the earlier one. */
export function withoutNames(loaded: Loaded, names: readonly string[]): Loaded {
  return Object.fromEntries(
    Object.entries(loaded).filter(([, known]) => !known.some((name) => names.includes(name))),
  );
}

function readLoaded(node: NodeLayout): Loaded {
  const path = nodeFiles(node).images;
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Loaded) : {};
}

function writeLoaded(node: NodeLayout, loaded: Loaded): void {
  const path = nodeFiles(node).images;
  writeFileSync(`${path}.partial`, JSON.stringify(loaded));
  renameSync(`${path}.partial`, path);
}
