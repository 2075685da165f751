import { OperatorError } from '../errors/index.ts';
import { type ClusterConfig, type ExecPlugin } from './cluster-config.ts';
import {
  type KubeConfig,
  type KubeConfigCluster,
  type KubeConfigExec,
  type KubeConfigUser,
} from './kubeconfig-file.ts';

interface ConfigOfOptions {
  what: string;
  context: string | undefined;
  environment: Readonly<Record<string, string | undefined>> | undefined;
}

/** What one context of a kubeconfig means. Data goes before files, as kubectl has it. */
export function configOf(kubeConfig: KubeConfig, options: ConfigOfOptions): ClusterConfig {
  const bad = (what: string): OperatorError =>
    new OperatorError('bad-configuration', `${options.what} ${what}`);
  const contextName = options.context ?? kubeConfig.currentContext;
  if (contextName === undefined) throw bad('has no current-context: say which context to use');
  const context = kubeConfig.contexts.get(contextName);
  if (!context) throw bad(`has no context "${contextName}"`);
  const cluster = kubeConfig.clusters.get(context.cluster);
  if (!cluster) throw bad(`has no cluster "${context.cluster}"`);
  if (!cluster.server) throw bad(`has no server for cluster "${context.cluster}"`);
  const user = kubeConfig.users.get(context.user);
  if (!user) throw bad(`has no user "${context.user}"`);
  if (user['auth-provider'] !== undefined)
    throw bad('uses "auth-provider", which Kubernetes has removed: use a credential plugin (exec)');
  const exec = user.exec && execOf(user.exec, cluster, options.environment, bad);
  const ca = decode(cluster['certificate-authority-data']);
  return {
    server: cluster.server.replace(/\/$/, ''),
    namespace: context.namespace || 'default',
    ...(ca ? { ca } : {}),
    ...(!ca && cluster['certificate-authority'] ? { caFile: cluster['certificate-authority'] } : {}),
    ...certificateOf(user, bad),
    ...tokenOf(user),
    ...(user.username ? { basic: { username: user.username, password: user.password ?? '' } } : {}),
    ...(exec ? { exec } : {}),
    ...impersonationOf(user, bad),
    ...(cluster['tls-server-name'] ? { serverName: cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipVerify: true } : {}),
    ...(cluster['proxy-url'] ? { proxyUrl: cluster['proxy-url'] } : {}),
  };
}

type Bad = (what: string) => OperatorError;

function certificateOf(
  user: KubeConfigUser,
  bad: Bad,
): Pick<ClusterConfig, 'clientCertificate' | 'clientCertificateFiles'> {
  const cert = decode(user['client-certificate-data']);
  const key = decode(user['client-key-data']);
  if (cert && key) return { clientCertificate: { cert, key } };
  const [certFile, keyFile] = [user['client-certificate'], user['client-key']];
  if (!cert && !key && certFile && keyFile)
    return { clientCertificateFiles: { cert: certFile, key: keyFile } };
  if (!cert && !key && !certFile && !keyFile) return {};
  throw bad('needs a client certificate and its key, both as data or both as files');
}

function tokenOf({ token, tokenFile }: KubeConfigUser): Pick<ClusterConfig, 'token'> {
  if (tokenFile) return { token: { file: tokenFile } };
  return token ? { token: { value: token } } : {};
}

function impersonationOf(user: KubeConfigUser, bad: Bad): Pick<ClusterConfig, 'impersonate'> {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user;
  if (!as) {
    if (uid || groups || extra) throw bad('has as-uid, as-groups or as-user-extra without as');
    return {};
  }
  return {
    impersonate: {
      user: as,
      ...(uid ? { uid } : {}),
      ...(groups ? { groups } : {}),
      ...(extra ? { extra } : {}),
    },
  };
}

function execOf(
  exec: KubeConfigExec,
  cluster: KubeConfigCluster,
  environment: ConfigOfOptions['environment'],
  bad: Bad,
): ExecPlugin {
  const { apiVersion, command, interactiveMode } = exec;
  if (!command) throw bad('names a credential plugin (exec) without a command');
  if (!environment) throw bad(`names the credential plugin "${command}", which may not be run here`);
  if (
    apiVersion !== 'client.authentication.k8s.io/v1' &&
    apiVersion !== 'client.authentication.k8s.io/v1beta1'
  )
    throw bad(`has a credential plugin of ${apiVersion ?? 'no apiVersion'}: v1 and v1beta1 are supported`);
  if (interactiveMode === 'Always')
    throw bad(`has the credential plugin "${command}", which needs a terminal (interactiveMode: Always)`);
  if (interactiveMode === undefined && apiVersion === 'client.authentication.k8s.io/v1')
    throw bad(`has the credential plugin "${command}" without an interactiveMode`);
  return {
    apiVersion,
    command,
    args: exec.args ?? [],
    environment: {
      ...Object.fromEntries(
        Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    },
    ...(exec.installHint ? { installHint: exec.installHint } : {}),
    ...(exec.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}),
  };
}

/** The cluster as a plugin sees it in KUBERNETES_EXEC_INFO. */
function clusterInfo(cluster: KubeConfigCluster): object {
  const extension = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec');
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] ? { 'tls-server-name': cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster['certificate-authority-data']
      ? { 'certificate-authority-data': cluster['certificate-authority-data'] }
      : {}),
    ...(cluster['proxy-url'] ? { 'proxy-url': cluster['proxy-url'] } : {}),
    ...(extension ? { config: extension.extension } : {}),
  };
}

const decode = (data: string | undefined): string | undefined =>
  data ? Buffer.from(data, 'base64').toString('utf8') : undefined;
