import { type EtcdCluster } from '@stateful/etcd-backup-api';
import { OperatorError, type Clock } from '@stateful/reconcile-sdk';
import { openMember, type EtcdAccess, type EtcdMember } from '@stateful/etcd';
import { needed, type ReadSecret } from './secrets.ts';

/** Opens the members of a cluster by their endpoints. The caller closes them. */
export type OpenMembers = (
  namespace: string,
  cluster: EtcdCluster,
  signal?: AbortSignal,
) => Promise<EtcdMember[]>;

/** By gRPC, at the endpoints that are given. */
export const openEndpoints =
  (readSecret: ReadSecret, clock: Clock): OpenMembers =>
  async (namespace, { endpoints, tls, auth }, signal) => {
    if (!endpoints) {
      throw new OperatorError(
        'invalid',
        'NotSupported: cluster.serviceRef is not followed yet: name the endpoints',
      );
    }
    const access: EtcdAccess = {
      ...(tls ? { tls: await tlsOf(tls) } : {}),
      ...(auth ? { auth: await authOf(auth.secretRef.name) } : {}),
    };
    return endpoints.map((endpoint) => openMember(endpoint, access, clock));

    async function tlsOf({ secretRef, serverName }: NonNullable<EtcdCluster['tls']>) {
      const secret = await readSecret(namespace, secretRef.name, signal);
      const { 'tls.crt': certPem, 'tls.key': keyPem } = secret;
      return {
        caPem: needed(secret, secretRef.name, 'ca.crt'),
        ...(certPem === undefined || keyPem === undefined ? {} : { certPem, keyPem }),
        ...(serverName === undefined ? {} : { serverName }),
      };
    }
    async function authOf(name: string) {
      const secret = await readSecret(namespace, name, signal);
      return { name: needed(secret, name, 'username'), password: needed(secret, name, 'password') };
    }
  };
