import { readFileSync } from 'node:fs';
import { type ClusterEtcd } from '../cluster.ts';
import { pkiFiles } from '../control-plane/credentials.ts';
import { isAlive } from '../process/identity.ts';
import { waitUntil } from '../process/wait-until.ts';
import { etcdDataDir, etcdUrl, startEtcdServer } from './control-plane.ts';
import { findDaemon, type NodeContext } from './node.ts';

/** The cluster's own etcd: how it is reached, and how it is stopped and started. */
export function nativeEtcd(context: NodeContext): ClusterEtcd {
  const { layout } = context;
  const pki = pkiFiles(layout.pkiDir);
  return {
    endpoint: etcdUrl,
    dataDir: etcdDataDir(layout),
    credentials: () => ({
      caPem: readFileSync(pki.ca, 'utf8'),
      certPem: readFileSync(pki.cert('etcd-client'), 'utf8'),
      keyPem: readFileSync(pki.key('etcd-client'), 'utf8'),
    }),
    kill: async () => {
      const daemon = findDaemon(layout, 'etcd');
      if (daemon === undefined) return;
      process.kill(daemon.pid, 'SIGKILL');
      await waitUntil(() => Promise.resolve(!isAlive(daemon)), {
        what: 'etcd to be gone',
        timeoutMs: 10_000,
      });
    },
    start: async () => {
      if (findDaemon(layout, 'etcd') === undefined) await startEtcdServer(context);
    },
  };
}
