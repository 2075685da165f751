import { type Store } from '@stateful/backup-store-api';
import { createObjectStore, locationOf, type ObjectStore } from '@stateful/object-store';
import { type Clock, type Random } from '@stateful/reconcile-sdk';
import { credentialsFrom, needed, type ReadSecret } from './secrets.ts';

/** Opens the store that a backup names. The caller closes it. */
export type OpenStore = (namespace: string, store: Store, signal?: AbortSignal) => Promise<ObjectStore>;

/** By S3. */
export const openS3 =
  (readSecret: ReadSecret, { clock, random }: { clock: Clock; random: Random }): OpenStore =>
  async (namespace, { s3 }, signal) => {
    const secretName = s3.credentials?.secretRef?.name;
    const caName = s3.caSecretRef?.name;
    const caPem =
      caName === undefined
        ? undefined
        : needed(await readSecret(namespace, caName, signal), caName, 'ca.crt');
    const location = locationOf(s3, {
      ...(caPem === undefined ? {} : { caPem }),
      ...(secretName === undefined
        ? {}
        : { credentials: credentialsFrom(readSecret, clock, namespace, secretName) }),
    });
    return createObjectStore({ location, clock, random });
  };
