import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { helmBinary, type HelmMajor } from '@stateful/images';
import { type ChartSource } from '../generate/chart-source.ts';

const execute = promisify(execFile);

export { type HelmMajor };
export const helmMajors: readonly HelmMajor[] = ['3', '4'];

/** Whether both can be had here. Says so loudly when not; where CI=true that is a failure. */
export async function canRunHelm(): Promise<boolean> {
  try {
    for (const major of helmMajors) await helmBinary(major);
    return true;
  } catch (cause) {
    const message = 'The chart was not rendered: Helm 3 and Helm 4 cannot be had';
    if (process.env['CI'] === 'true') throw new Error(message, { cause });
    console.warn(`SKIPPED: ${message}`, cause);
    return false;
  }
}

/** An object as it was rendered, before any API server saw it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Runs Helm and returns what it printed; throws with what it complained about. */
export async function helm(major: HelmMajor, args: readonly string[], kubeconfig?: string): Promise<string> {
  const { stdout } = await execute(await helmBinary(major), args, {
    env: { ...process.env, ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}) },
    timeout: 60_000,
    maxBuffer: 16 * 2 ** 20,
  });
  return stdout;
}

/** Its objects with some values set, as a release of the chart's name in namespace `ops`. */
export async function render(
  { name, folder }: Pick<ChartSource, 'name' | 'folder'>,
  major: HelmMajor,
  values: object = {},
): Promise<Rendered[]> {
  const text = await helm(major, ['template', name, folder, '--namespace', 'ops', ...setting(values)]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** Flags that set values, whatever their shape. */
export const setting = (values: object): string[] =>
  Object.entries(values).map(([name, value]) => `--set-json=${name}=${JSON.stringify(value)}`);
