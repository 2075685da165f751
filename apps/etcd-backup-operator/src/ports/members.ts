import { type EtcdCluster } from '@stateful/etcd-backup-api';
import { type Clock } from '@stateful/reconcile-sdk';
import { openMember, type EtcdAccess, type EtcdMember } from '@stateful/etcd';
import { type FindMembers } from './addresses.ts';
import { needed, type ReadSecret } from './secrets.ts';

/** Opens the members of a cluster by their endpoints. The caller closes them. */
export type OpenMembers = (
  namespace: string,
  cluster: EtcdCluster,
  signal?: AbortSignal,
) => Promise<EtcdMember[]>;

/** By gRPC, at the endpoints that are given, or at the addresses of a Service. */
export const openEndpoints =
  (readSecret: ReadSecret, clock: Clock, findMembers?: FindMembers): OpenMembers =>
  async (namespace, { endpoints, serviceRef, tls, auth }, signal) => {
    const urls =
      endpoints ??
      (serviceRef && (await findMembers?.(namespace, serviceRef, tls ? 'https' : 'http', signal))) ??
      [];
    // No certificate holds the address of a pod.
    const ofService = serviceRef ? `${serviceRef.name}.${namespace}.svc` : undefined;
    const access: EtcdAccess = {
      ...(tls ? { tls: await tlsOf(tls) } : {}),
      ...(auth ? { auth: await authOf(auth.secretRef.name) } : {}),
    };
    return urls.map((endpoint) => openMember(endpoint, access, clock));

    async function tlsOf({ secretRef, serverName }: NonNullable<EtcdCluster['tls']>) {
      const secret = await readSecret(namespace, secretRef.name, signal);
      const name = serverName ?? ofService;
      const { 'tls.crt': certPem, 'tls.key': keyPem } = secret;
      return {
        caPem: needed(secret, secretRef.name, 'ca.crt'),
        ...(certPem === undefined || keyPem === undefined ? {} : { certPem, keyPem }),
        ...(name === undefined ? {} : { serverName: name }),
      };
    }
    async function authOf(name: string) {
      const secret = await readSecret(namespace, name, signal);
      return { name: needed(secret, name, 'username'), password: needed(secret, name, 'password') };
    }
  };
