import { type Store } from '@stateful/backup-store-api';
import {
  createObjectStore,
  locationOf,
  type ObjectStore,
  type StoreCredentials,
} from '@stateful/object-store';
import { type Clock, type Random } from '@stateful/reconcile-sdk';
import { needed, type ReadSecret } from './secrets.ts';

/** Opens the store that a backup names. The caller closes it. */
export type OpenStore = (namespace: string, store: Store, signal?: AbortSignal) => Promise<ObjectStore>;

/** How long credentials from a Secret are used before it is read again: a rotated one counts without a restart. */
const credentialsForMs = 60_000;

/** By S3. */
export const openS3 =
  (readSecret: ReadSecret, { clock, random }: { clock: Clock; random: Random }): OpenStore =>
  async (namespace, { s3 }, signal) => {
    const secretName = s3.credentials?.secretRef?.name;
    const fromSecret = async (name: string): Promise<StoreCredentials> => {
      const secret = await readSecret(namespace, name);
      return {
        accessKeyId: needed(secret, name, 'accessKeyId'),
        secretAccessKey: needed(secret, name, 'secretAccessKey'),
        ...(secret['sessionToken'] === undefined ? {} : { sessionToken: secret['sessionToken'] }),
        expiration: new Date(clock.now() + credentialsForMs),
      };
    };
    const caName = s3.caSecretRef?.name;
    const caPem =
      caName === undefined
        ? undefined
        : needed(await readSecret(namespace, caName, signal), caName, 'ca.crt');
    const location = locationOf(s3, {
      ...(caPem === undefined ? {} : { caPem }),
      ...(secretName === undefined ? {} : { credentials: () => fromSecret(secretName) }),
    });
    return createObjectStore({ location, clock, random });
  };
