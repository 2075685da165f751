import { type StoreCredentials } from '@stateful/object-store';
import { OperatorError, resources, type Clock, type KubeClient } from '@stateful/reconcile-sdk';

/** Reads one Secret, live: the operator keeps no Secrets in memory. */
export type ReadSecret = (
  namespace: string,
  name: string,
  signal?: AbortSignal,
) => Promise<Readonly<Record<string, string>>>;

/** Reads by the API server. A Secret that is not there is `bad-configuration`, and named. */
export const secretsOf =
  (client: Pick<KubeClient, 'get'>): ReadSecret =>
  async (namespace, name, signal) => {
    const secret = await client.get(resources.secrets, { namespace, name }, signal ? { signal } : {});
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  };

/** One key of a Secret. */
export function needed(secret: Readonly<Record<string, string>>, name: string, key: string): string {
  const value = secret[key];
  if (value !== undefined && value !== '') return value;
  throw new OperatorError('invalid', `SecretIncomplete: Secret ${name} has no ${key}: add it`);
}

/** How long credentials from a Secret are used before it is read again: a rotated one counts without a restart. */
const credentialsForMs = 60_000;

/** Keys of Amazon's kind, read from a Secret whenever those of before are a minute old. */
export const credentialsFrom =
  (readSecret: ReadSecret, clock: Clock, namespace: string, name: string) =>
  async (): Promise<StoreCredentials> => {
    const secret = await readSecret(namespace, name);
    return {
      accessKeyId: needed(secret, name, 'accessKeyId'),
      secretAccessKey: needed(secret, name, 'secretAccessKey'),
      ...(secret['sessionToken'] === undefined ? {} : { sessionToken: secret['sessionToken'] }),
      expiration: new Date(clock.now() + credentialsForMs),
    };
  };
