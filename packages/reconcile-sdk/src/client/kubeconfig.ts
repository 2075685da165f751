import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { OperatorError } from '../errors/index.ts';

/** How to reach one API server as one user. */
export interface ClusterConfig {
  /** `https://HOST:PORT` */
  server: string;
  /** PEM; the system's authorities when absent. */
  ca?: string;
  clientCertificate?: { cert: string; key: string };
  /** A fixed token, or the file that holds one and is read again as it is renewed. */
  token?: { value: string } | { file: string };
  serverName?: string;
  insecureSkipVerify?: boolean;
  /** Namespace of the context, or of the pod. */
  namespace: string;
}

export interface LoadKubeConfigOptions {
  /** Path of a kubeconfig file. Without it: the pod's service account. */
  path?: string;
  context?: string;
  /** Folder of the pod's service account. */
  serviceAccountDir?: string;
  /** `HOST:PORT` of the API server, in a pod from KUBERNETES_SERVICE_HOST and _PORT. */
  inClusterHost?: string;
}

interface KubeConfigFile {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: {
    name: string;
    cluster: {
      server: string;
      'certificate-authority'?: string;
      'certificate-authority-data'?: string;
      'tls-server-name'?: string;
      'insecure-skip-tls-verify'?: boolean;
    };
  }[];
  users?: { name: string; user: Record<string, unknown> }[];
}

/** Reads a kubeconfig file, or the pod's service account. Throws `bad-configuration` that names what is missing. */
export async function loadKubeConfig(options: LoadKubeConfigOptions): Promise<ClusterConfig> {
  return options.path ? fromFile(options.path, options.context) : inCluster(options);
}

async function inCluster(options: LoadKubeConfigOptions): Promise<ClusterConfig> {
  const dir = options.serviceAccountDir ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  if (!options.inClusterHost) {
    throw new OperatorError(
      'bad-configuration',
      'no API server to talk to: give a kubeconfig, or run in a pod (KUBERNETES_SERVICE_HOST is not set)',
    );
  }
  const [ca, namespace] = await Promise.all([
    readText(join(dir, 'ca.crt')),
    readText(join(dir, 'namespace')),
  ]);
  return {
    server: `https://${options.inClusterHost}`,
    ca,
    token: { file: join(dir, 'token') },
    namespace: namespace.trim(),
  };
}

async function fromFile(path: string, wantedContext: string | undefined): Promise<ClusterConfig> {
  const file = parse(await readText(path)) as KubeConfigFile;
  const contextName = wantedContext ?? file['current-context'];
  const context = file.contexts?.find((entry) => entry.name === contextName)?.context;
  if (!context) throw bad(path, `has no context "${contextName ?? ''}"`);
  const cluster = file.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  if (!cluster) throw bad(path, `has no cluster "${context.cluster}"`);
  const user = file.users?.find((entry) => entry.name === context.user)?.user;
  if (!user) throw bad(path, `has no user "${context.user}"`);
  for (const unsupported of ['exec', 'auth-provider', 'username']) {
    if (user[unsupported] !== undefined) throw bad(path, `uses "${unsupported}", which is not supported`);
  }
  const text = (key: string): string | undefined =>
    typeof user[key] === 'string' && user[key] !== '' ? user[key] : undefined;
  const ca = await dataOrFile(path, cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await dataOrFile(path, text('client-certificate-data'), text('client-certificate'));
  const key = await dataOrFile(path, text('client-key-data'), text('client-key'));
  const token = text('token');
  const tokenFile = text('tokenFile');
  return {
    server: cluster.server.replace(/\/$/, ''),
    namespace: context.namespace ?? 'default',
    ...(ca ? { ca } : {}),
    ...(cert && key ? { clientCertificate: { cert, key } } : {}),
    ...(token ? { token: { value: token } } : tokenFile ? { token: { file: beside(path, tokenFile) } } : {}),
    ...(cluster['tls-server-name'] ? { serverName: cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipVerify: true } : {}),
  };
}

const bad = (path: string, what: string): OperatorError =>
  new OperatorError('bad-configuration', `kubeconfig ${path} ${what}`);

const beside = (path: string, file: string): string => (isAbsolute(file) ? file : join(dirname(path), file));

async function dataOrFile(
  path: string,
  data: string | undefined,
  file: string | undefined,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readText(beside(path, file)) : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new OperatorError('bad-configuration', `cannot read ${path}`, { cause });
  }
}
