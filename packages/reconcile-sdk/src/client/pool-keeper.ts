import { type Clock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type ClusterConfig } from './cluster-config.ts';
import { createConnectionPool, type ConnectionPool } from './connection-pool.ts';
import { type TlsIdentity } from './credentials/credentials.ts';
import { hostOf, type Endpoint } from './open-connection.ts';

/** The pool of the TLS credentials that are in use; those of former ones until their last call has ended. */
export interface PoolKeeper {
  /** `HOST:PORT`, as the `Host` header says it. */
  readonly host: string;
  /** What `server` has before the API's own paths: usually nothing. */
  readonly basePath: string;
  /** The pool for these credentials, or a newer one that has taken its place meanwhile. */
  poolFor(tls: TlsIdentity): ConnectionPool;
  /** Calls `replaced` once when `pool` is replaced; the result takes that back. */
  onReplaced(pool: ConnectionPool, replaced: () => void): () => void;
  counts(): { open: number; opened: number };
  destroy(): void;
}

export function createPoolKeeper(
  config: ClusterConfig,
  clock: Clock,
  onLookup?: (seconds: number) => void,
): PoolKeeper {
  const { url, proxy } = addressesOf(config);
  const isTls = url.protocol === 'https:';
  let current: { pool: ConnectionPool; version: number; listeners: Set<() => void> } | undefined;
  const former = new Set<ConnectionPool>();
  let openedBefore = 0;

  function poolFor(tls: TlsIdentity): ConnectionPool {
    if (current && current.version >= tls.version) return current.pool;
    const endpoint: Endpoint = {
      host: hostOf(url),
      port: Number(url.port || (isTls ? 443 : 80)),
      ...(isTls
        ? {
            tls: {
              context: tls.context,
              insecureSkipVerify: config.insecureSkipVerify ?? false,
              ...(config.serverName ? { serverName: config.serverName } : {}),
            },
          }
        : {}),
      ...(proxy ? { proxy } : {}),
    };
    const old = current;
    current = {
      pool: createConnectionPool(endpoint, clock, onLookup),
      version: tls.version,
      listeners: new Set(),
    };
    if (old) {
      forgetEnded();
      former.add(old.pool);
      old.pool.retire();
      for (const listener of old.listeners) listener();
    }
    return current.pool;
  }

  function forgetEnded(): void {
    for (const pool of former) {
      const { open, opened } = pool.counts();
      if (open > 0) continue;
      former.delete(pool);
      openedBefore += opened;
    }
  }

  return {
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    poolFor,
    onReplaced(pool, replaced) {
      const listeners = current?.pool === pool ? current.listeners : undefined;
      listeners?.add(replaced);
      return () => void listeners?.delete(replaced);
    },
    counts() {
      const all = [...former, ...(current ? [current.pool] : [])].map((pool) => pool.counts());
      return {
        open: all.reduce((sum, { open }) => sum + open, 0),
        opened: all.reduce((sum, { opened }) => sum + opened, openedBefore),
      };
    },
    destroy() {
      current?.pool.destroy();
      for (const pool of former) pool.destroy();
    },
  };
}

function addressesOf(config: ClusterConfig): { url: URL; proxy: URL | undefined } {
  const bad = (what: string): OperatorError => new OperatorError('bad-configuration', what);
  if (!URL.canParse(config.server)) throw bad(`"${config.server}" is not the address of an API server`);
  const url = new URL(config.server);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw bad(`${config.server}: an API server is reached by https:// or http://`);
  if (config.proxyUrl === undefined) return { url, proxy: undefined };
  // The address may hold a password, so it is not repeated.
  if (!URL.canParse(config.proxyUrl)) throw bad(`${config.server}: proxy-url is not an address`);
  const proxy = new URL(config.proxyUrl);
  if (proxy.protocol !== 'http:')
    throw bad(`${config.server}: proxy-url has ${proxy.protocol}//, but only http:// proxies are supported`);
  return { url, proxy };
}
