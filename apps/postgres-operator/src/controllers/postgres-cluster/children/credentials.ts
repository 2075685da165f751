import { names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { type NewPasswords, type Snapshot } from '../snapshot.ts';
import { postgresPort } from './ports.ts';
import { metadataOf, type Shape } from './shape.ts';

const appUser = 'app';

/**
 * Passwords and how to connect. Made once: Postgres holds the same passwords, so a Secret that was written anew
 * would lock everyone out. A Secret that exists is passed on as it is, so that even a delete that the cache has
 * not yet seen brings back the old passwords and never empty ones.
 */
export function credentials(shape: Shape, known: Snapshot['credentials']): DesiredChild {
  return child(
    resources.secrets,
    {
      metadata: metadataOf(shape, names.credentials(shape.name)),
      type: 'live' in known ? (known.live.type ?? 'Opaque') : 'Opaque',
      data: 'live' in known ? (known.live.data ?? {}) : encoded(entries(shape, known.passwords)),
    },
    { createOnly: true },
  );
}

function entries({ name, namespace }: Shape, passwords: NewPasswords): Record<string, string> {
  const host = `${names.readWriteService(name)}.${namespace}.svc`;
  return {
    'superuser-password': passwords.superuser,
    'replication-password': passwords.replication,
    username: appUser,
    password: passwords.app,
    dbname: appUser,
    host,
    port: String(postgresPort),
    // A Service may for a moment still lead to an instance that has just become a replica: drivers then ask on.
    uri: `postgresql://${appUser}:${passwords.app}@${host}:${postgresPort}/${appUser}?target_session_attrs=read-write`,
  };
}

const encoded = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  );
