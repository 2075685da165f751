import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../errors/index.ts';
import { type ClusterConfig } from './cluster-config.ts';
import { mergeKubeConfigs, readKubeConfigText } from './kubeconfig-file.ts';
import { configOf } from './kubeconfig-user.ts';

/** Where the configuration is: files, or the pod's service account. */
export interface LoadKubeConfigOptions {
  /** Path of a kubeconfig file. Without it and `paths`: the pod's service account. */
  path?: string;
  /** Several files, as KUBECONFIG names them: the first that says something wins, those missing are passed over. */
  paths?: readonly string[];
  context?: string;
  /** What credential plugins run in: `process.env`. Without it a kubeconfig that names one is refused. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Folder of the pod's service account. */
  serviceAccountDir?: string;
  /** `HOST:PORT` of the API server, in a pod from KUBERNETES_SERVICE_HOST and _PORT. */
  inClusterHost?: string;
}

/** How to take a kubeconfig that is not a file. */
export interface ParseKubeConfigOptions {
  context?: string;
  /** Where the text came from, for people: `Secret fleet/one-kubeconfig`. Default `kubeconfig`. */
  what?: string;
  /**
   * Runs the plugins that the text names, in this environment. Without it they are refused: a text out of a Secret
   * would run what its author likes.
   */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Reads kubeconfig files, or the pod's service account. Throws `bad-configuration` that names what is missing. */
export async function loadKubeConfig(options: LoadKubeConfigOptions): Promise<ClusterConfig> {
  const paths = options.path ? [options.path] : (options.paths ?? []).filter((path) => path !== '');
  if (paths.length === 0) return inCluster(options);
  const texts = await Promise.all(
    paths.map(async (path) => ({ path, text: await readIfThere(path, paths.length > 1) })),
  );
  const files = texts.flatMap(({ path, text }) =>
    text === undefined ? [] : [readKubeConfigText(text, `kubeconfig ${path}`, path)],
  );
  if (files.length === 0)
    throw new OperatorError('bad-configuration', `none of these files exists: ${paths.join(', ')}`);
  const config = configOf(mergeKubeConfigs(files), {
    what: `kubeconfig ${paths.join(', ')}`,
    context: options.context,
    environment: options.environment,
  });
  return withFiles(config);
}

/** A kubeconfig that is not a file. Throws `bad-configuration`; files that it names are refused. */
export function parseKubeConfig(text: string, options: ParseKubeConfigOptions = {}): ClusterConfig {
  const what = options.what ?? 'kubeconfig';
  return configOf(readKubeConfigText(text, what, undefined), {
    what,
    context: options.context,
    environment: options.environment,
  });
}

async function inCluster(options: LoadKubeConfigOptions): Promise<ClusterConfig> {
  const dir = options.serviceAccountDir ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  if (!options.inClusterHost) {
    throw new OperatorError(
      'bad-configuration',
      'no API server to talk to: give a kubeconfig, or run in a pod (KUBERNETES_SERVICE_HOST is not set)',
    );
  }
  return withFiles({
    server: `https://${options.inClusterHost}`,
    caFile: join(dir, 'ca.crt'),
    token: { file: join(dir, 'token') },
    namespace: (await readText(join(dir, 'namespace'))).trim(),
  });
}

/** Reads what files hold now, so that what is missing is known at the start. */
async function withFiles(config: ClusterConfig): Promise<ClusterConfig> {
  const { caFile, clientCertificateFiles: files } = config;
  const [ca, cert, key] = await Promise.all([
    caFile && readText(caFile),
    files && readText(files.cert),
    files && readText(files.key),
  ]);
  return {
    ...config,
    ...(ca ? { ca } : {}),
    ...(cert && key ? { clientCertificate: { cert, key } } : {}),
  };
}

async function readIfThere(path: string, mayMiss: boolean): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (mayMiss && cause?.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new OperatorError('bad-configuration', `cannot read ${path}`, { cause });
  }
}
