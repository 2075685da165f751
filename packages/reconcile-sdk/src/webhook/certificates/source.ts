import { type KubeClient, type ObjectKey, resources } from '../../client/index.ts';
import { type Holdings, readHoldings, writeHoldings } from './holdings.ts';

/** Where certificates are kept. */
export interface CertificateSource {
  /** For people. */
  readonly name: string;
  read(signal: AbortSignal): Promise<Holdings>;
  /**
   * Replaces what `read` last returned; fails with `conflict` or `already-exists` when another was quicker.
   * Absent where certificates are made by somebody else.
   */
  write?(holdings: Omit<Holdings, 'problems'>, signal: AbortSignal): Promise<void>;
  /** Look at least this often, in milliseconds, where nothing tells of changes. */
  readonly pollMs?: number;
}

/** Keeps authorities and the serving certificate in one Secret, which the first replica to write creates. */
export function createSecretSource(options: {
  client: KubeClient;
  secret: ObjectKey;
  /** Value of the label app.kubernetes.io/managed-by. */
  managedBy: string;
}): CertificateSource {
  const { client, secret, managedBy } = options;
  let version: string | undefined;
  return {
    name: `Secret ${secret.namespace ?? ''}/${secret.name}`,
    async read(signal) {
      const held = await client.find(resources.secrets, secret, { signal });
      version = held?.metadata?.resourceVersion;
      return readHoldings(held?.data);
    },
    async write(holdings, signal) {
      const data = writeHoldings(holdings);
      // Never created by an apply: of two replicas that start, the second must learn that it was not the first.
      if (version === undefined) {
        const metadata = { ...secret, labels: { 'app.kubernetes.io/managed-by': managedBy } };
        await client.create(resources.secrets, { metadata, type: 'Opaque', data }, { signal });
      } else {
        const metadata = { ...secret, resourceVersion: version };
        await client.apply(resources.secrets, { metadata, data }, { signal, force: true });
      }
    },
  };
}
