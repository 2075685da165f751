import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from '@stateful/images';
import { type Contestant } from '../contestant/contestant.ts';

const root = join(import.meta.dirname, '../../../..');

/**
 * Bundled, and started with the flags and the environment, as the operators of our images are. With `profiles` each
 * process writes its CPU profile there when it ends in order.
 */
export async function buildOurs(folder: string, profiles?: string): Promise<readonly Contestant[]> {
  mkdirSync(folder, { recursive: true });
  const inputs = [
    { entry: 'tools/bench/src/operator/main.ts', file: 'operator.mjs' },
    // The SDK looks for the election's thread beside the operator's own file.
    { entry: 'packages/reconcile-sdk/src/election/lease-thread.ts', file: 'lease-thread.mjs' },
  ];
  for (const input of inputs) {
    for (const { name, contents } of await bundle(input)) writeFileSync(join(folder, name), contents);
  }
  const dockerfile = readFileSync(join(root, 'images/operator/Dockerfile'), 'utf8');
  const node = [
    process.execPath,
    ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profiles)}`]),
  ] as const;
  const title = `reconcile-sdk, Node ${process.versions.node}`;
  const program = join(folder, 'operator.mjs');
  const env = { MALLOC_ARENA_MAX: '2', NODE_ENV: 'production' };
  return [
    { name: 'ours', title, command: [...node, ...nodeFlagsOf(dockerfile), program], env },
    { name: 'ours-plain', title: `${title}, no flags`, command: [...node, program], env },
  ];
}

/** The flags of Node in an image's entry point: what stands between the program and its file. */
export function nodeFlagsOf(dockerfile: string): string[] {
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (entry === undefined) throw new Error('the Dockerfile has no ENTRYPOINT to take the flags of Node from');
  return (JSON.parse(entry) as string[]).slice(1, -1);
}
