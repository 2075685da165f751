import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { OperatorError } from '../errors/index.ts';

export interface KubeConfigCluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'tls-server-name'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'proxy-url'?: string;
  extensions?: { name: string; extension: unknown }[];
}

export interface KubeConfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  'auth-provider'?: unknown;
  exec?: KubeConfigExec;
}

export interface KubeConfigExec {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

/** A kubeconfig by names. Paths in it are whole; without a file that they could be beside, they are refused. */
export interface KubeConfig {
  currentContext: string | undefined;
  contexts: ReadonlyMap<string, { cluster: string; user: string; namespace?: string }>;
  clusters: ReadonlyMap<string, KubeConfigCluster>;
  users: ReadonlyMap<string, KubeConfigUser>;
}

interface Raw {
  'current-context'?: string;
  contexts?: { name: string; context?: { cluster: string; user: string; namespace?: string } }[] | null;
  clusters?: { name: string; cluster?: KubeConfigCluster }[] | null;
  users?: { name: string; user?: KubeConfigUser | null }[] | null;
}

/** Reads one text. `path` is the file that it came from, if it did. Never quotes the text: it holds secrets. */
export function readKubeConfigText(text: string, what: string, path: string | undefined): KubeConfig {
  let raw: Raw | null;
  try {
    raw = parse(text) as Raw | null;
  } catch {
    throw new OperatorError('bad-configuration', `${what} is not YAML`);
  }
  if (typeof raw !== 'object' || raw === null)
    throw new OperatorError('bad-configuration', `${what} is not a kubeconfig`);
  const beside = (file: string, field: string): string => {
    if (path !== undefined) return isAbsolute(file) ? file : join(dirname(path), file);
    throw new OperatorError(
      'bad-configuration',
      `${what} names a file (${field}), but only data can be used here`,
    );
  };
  return {
    currentContext: raw['current-context'] || undefined,
    contexts: byName(raw.contexts, ({ context }) => context),
    clusters: byName(raw.clusters, ({ cluster }) =>
      cluster ? withPaths(cluster, ['certificate-authority'], beside) : undefined,
    ),
    users: byName(raw.users, ({ user }) => {
      const known = withPaths(user ?? {}, ['client-certificate', 'client-key', 'tokenFile'], beside);
      // As kubectl does: a command with a slash lies beside the file, one without is found by PATH.
      const command = known.exec?.command ?? '';
      if (!known.exec || !command.includes('/') || isAbsolute(command)) return known;
      return { ...known, exec: withPaths(known.exec, ['command'], beside) };
    }),
  };
}

/** As KUBECONFIG with several files: of each name, and of the current context, the first counts. */
export function mergeKubeConfigs(files: readonly KubeConfig[]): KubeConfig {
  const first = <T>(pick: (file: KubeConfig) => ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...files].reverse().flatMap((file) => [...pick(file)]));
  return {
    currentContext: files.find(({ currentContext }) => currentContext)?.currentContext,
    contexts: first(({ contexts }) => contexts),
    clusters: first(({ clusters }) => clusters),
    users: first(({ users }) => users),
  };
}

function byName<E extends { name: string }, T>(
  entries: readonly E[] | null | undefined,
  valueOf: (entry: E) => T | undefined,
): Map<string, T> {
  return new Map(
    (entries ?? []).flatMap((entry) => {
      const value = valueOf(entry);
      return value === undefined ? [] : [[entry.name, value] as const];
    }),
  );
}

function withPaths<T extends object>(
  entry: T,
  fields: readonly (keyof T & string)[],
  beside: (file: string, field: string) => string,
): T {
  const paths = fields.flatMap((field) => {
    const file: unknown = entry[field];
    return typeof file === 'string' && file !== '' ? [[field, beside(file, field)] as const] : [];
  });
  return { ...entry, ...Object.fromEntries(paths) };
}
